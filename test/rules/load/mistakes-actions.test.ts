import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const ACTIONS: readonly Case[] = [
  [
    "- { id: a, on: STATE, do: [{ signal: «{ «nam: SIGHUP } }] }",
    "This needs name",
    "unknown key 'nam'; did you mean 'name'?",
  ],
  ["- { id: a, on: STATE, do: [{ hold: «{ toString: b } }] }", "a map is not on, off, release"],
  ["- { id: a, on: STATE, do: [{ set: { «__proto__: x } }] }", "unknown variable '__proto__'"],
  ["- { id: a, on: STATE, do: [{ set: { «constructor: x } }] }", "unknown variable 'constructor'"],
  [
    '- { id: a, on: STATE, do: [{ set: { draining: «"${event.name}", quiet_since: «"${daemon.rate}" } }, { set: { draining: «"a ${event.name}" } }] }',
    "variable 'draining' takes a bool, not text",
    "variable 'quiet_since' takes a number, not size",
    "variable 'draining' takes a bool, not text",
  ],
  ['- { id: a, on: STATE, do: [{ notify: «"" }] }', "Text of at least 1 character was expected"],
  [
    "- { id: a, on: STATE, do: [{ management: [«statsu] }] }",
    "unknown management command 'statsu'; did you mean 'status'?",
  ],
  ["- { id: a, on: STATE, do: «notify }", "A list of actions was expected"],
  ["- { id: a, on: STATE, do: [«notify] }", "An action was expected, such as notify: text"],
  ["- { id: a, on: STATE, do: «[] }", "A list of actions was expected"],
  ["- { id: a, on: STATE, do: [{ «notfy: x }] }", "unknown action 'notfy'; did you mean 'notify'?"],
  ["- { id: a, on: STATE, do: [{ «webhook: x }] }", "'webhook' is not supported by this version"],
  ["- { id: a, on: STATE, do: [{ «wait: 10s }] }", "'wait' is not supported by this version"],
  [
    "- { id: a, on: STATE, do: [{ notify: x, «signal: SIGUSR1 }] }",
    "One action each: 'notify' stands here already",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: «{ txt: x } }] }",
    "Text was expected, not a map; quote the whole value",
  ],
  ["- { id: a, on: STATE, do: [{ notify: «[x] }] }", "Text was expected, not a list; quote the whole value"],
  [
    "- { id: a, on: STATE, do: [{ notify: «{ to: ops, text: x } }] }",
    "Text was expected, not a map; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, do: [{ signal: «SIGUSR }] }",
    "'SIGUSR' is not SIGHUP, SIGTERM, SIGUSR1, SIGUSR2; did you mean 'SIGUSR1'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ signal: { name: SIGUSR1, «forse: true } }] }",
    "unknown key 'forse'; did you mean 'force'?",
  ],
  ["- { id: a, on: STATE, do: [{ hold: «of }] }", "'of' is not on, off, release; did you mean 'on'?"],
  ["- { id: a, on: STATE, do: [{ verb: «loud }] }", "A number was expected, not 'loud'"],
  ["- { id: a, on: STATE, do: [{ verb: «99 }] }", "'99' is not at most 15"],
  [
    "- { id: a, on: STATE, do: [{ auth-retry: «interactt }] }",
    "'interactt' is not none, nointeract, interact; did you mean 'interact'?",
  ],
  ["- { id: a, on: STATE, do: [{ management: «version }] }", "A list was expected, not 'version'"],
  [
    "- { id: a, on: STATE, do: [{ emit: «{ «even: x } }] }",
    "This needs event",
    "unknown key 'even'; did you mean 'event'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ emit: { event: «STATE } }] }",
    "an event of one's own is lowercase with a dot, such as my.event, and none that the engine raises",
  ],
  [
    "- { id: a, on: STATE, do: [{ set: { «drainig: true } }] }",
    "unknown variable 'drainig'; did you mean 'draining'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ set: { draining: «maybe } }] }",
    "variable 'draining' takes a bool, not \"maybe\"",
  ],
  ["- { id: a, on: STATE, do: [{ set: «draining }] }", "A map was expected, not 'draining'"],
  [
    "- { id: a, on: STATE, do: [{ increment: «tls_eror }] }",
    "unknown counter 'tls_eror'; did you mean 'tls_errors'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ penalize: { group: «sitse } }] }",
    "unknown group 'sitse'; did you mean 'sites'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ penalize: { group: sites, host: «vpn2.example.net } }] }",
    "unknown candidate 'vpn2.example.net' of sites; did you mean 'vpn1.example.net'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ forgive: «{ «grop: sites } }] }",
    "This needs group",
    "unknown key 'grop'; did you mean 'group'?",
  ],
  [
    '- { id: a, on: STATE, do: [{ notify: "${event.«nam} and ${daemon.«stat}" }] }',
    "unknown field 'nam' of event STATE; did you mean 'name'?",
    "unknown field 'stat' of daemon; did you mean 'state'?",
  ],
  ['- { id: a, on: STATE, do: [{ notify: "«${event.name" }] }', "This ${ is not closed by a }"],
  ['- { id: a, on: STATE, do: [{ notify: "${«}" }] }', "the expression is empty"],
  [
    "- { id: a, on: STATE, do: [{ notify: x, daemon: «ofice }] }",
    "unknown daemon 'ofice'; did you mean 'office'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: x, timeout: «5 }] }",
    "'5' is not a duration above zero such as 30s",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: x, on-error: «continu }] }",
    "'continu' is not continue, stop; did you mean 'continue'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: x, «timeot: 5s }] }",
    "unknown action 'timeot'; did you mean 'timeout'?",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: x, «retry: { times: 3 } }] }",
    "'retry' is not supported by this version",
  ],
  ["- { id: a, on: STATE, do: [«{ timeout: 5s }] }", "An action was expected beside its options"],
  ["- { id: a, on: STATE, do: [{ «acme.shout: { text: x } }] }", "unknown action 'acme.shout'"],
  ["- { id: a, on: STATE, do: [{ notify: x, «notify: y }] }", "duplicate key 'notify'"],
];

test.each(ACTIONS)("a mistake in an action is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});
