import { expect, test } from "vitest";
import { z } from "zod";
import { load, marked, mistakesOf, withRules } from "./support.ts";

const on = (event: string, actions: string): string => `- { id: a, on: ${event}, do: [${actions}] }`;
const client = (actions: string): string => on("CLIENT:ESTABLISHED", actions);

const NO_CLIENT = "is for a client, and there is none here; for-each names some";

const MISTAKES: [rules: string, ...messages: string[]][] = [
  [on("STATE", "{ «client-kill: halt }"), `'client-kill' ${NO_CLIENT}`],
  [on("STATE", "{ «client-deny: { reason: x } }"), `'client-deny' ${NO_CLIENT}`],
  [on("STATE", "{ «client-pf: [x] }"), `'client-pf' ${NO_CLIENT}`],
  [on("STATE", "{ «push-update: { options: x } }"), `'push-update' ${NO_CLIENT}`],
  [on("STATE", '{ «push-update: { options: "${event.name}" } }'), `'push-update' ${NO_CLIENT}`],
  [
    client("{ «client-kill: halt, daemon: office }"),
    "'client-kill' is for a client, and clients of office are named by for-each",
  ],
  [client("{ client-kill: «halte }"), "'halte' is not restart, halt; did you mean 'halt'?"],
  [client("{ client-kill: { «halte: x } }"), "unknown key 'halte'; did you mean 'halt'?"],
  [client("{ client-kill: { restart: { «nxt: true } } }"), "unknown key 'nxt'; did you mean 'next'?"],
  [client("{ client-kill: { restart: { next: «yes } } }"), "true or false was expected, not 'yes'"],
  [client("{ client-kill: «{ halt: x, message: y } }"), "restart, halt and message go not together"],
  [client("{ client-kill: { hard: «1 } }"), "true or false was expected, not '1'"],
  [
    client("{ client-deny: «{ «reson: x } }"),
    "This needs reason",
    "unknown key 'reson'; did you mean 'reason'?",
  ],
  [
    client('{ kill: «"a:b" }'),
    "a common name without a colon, or an IPv4 address with its port, was expected",
  ],
  [client("{ mute: «-1 }"), "'-1' is not at least 0"],
  [client("{ forget-passwords: «yes }"), "'yes' is not true"],
  [client("{ client-pf: «[] }"), "A list of at least 1 was expected"],
  [client("{ status: «{ «too: x } }"), "This needs to", "unknown key 'too'; did you mean 'to'?"],
  [client("{ log: «x }"), "A map was expected, not 'x'"],
  [client("{ management: [«client-kill, 1] }"), "'client-kill' is refused: it is an action of its own"],
  [
    client("{ management: [«push-update-cid, 1, x] }"),
    "'push-update-cid' is refused: it is an action of its own",
  ],
  [client("«client-kill"), "An action was expected, such as notify: text"],
  [client("{ for-each: «{ do: [ { client-kill: halt } ] } }"), "for-each needs clients"],
  [client('{ for-each: «{ clients: "true" } }'), "for-each needs do"],
  [client('{ for-each: { clients: "true", do: «[] } }'), "A list of actions was expected"],
  [
    client("{ for-each: «all }"),
    "A map with clients, daemons, order-by, descending, limit, pace was expected",
  ],
  [
    on("STATE", '{ for-each: { clients: "client.«nam == 1", do: [ { client-kill: halt } ] } }'),
    "unknown field 'nam' of client",
  ],
  [
    on("STATE", '{ for-each: { clients: "«client.idle_for > 5", do: [ { client-kill: halt } ] } }'),
    "cannot compare duration with number; write 5s?",
  ],
  [
    on("STATE", "{ for-each: { clients: «client.cid, do: [ { client-kill: halt } ] } }"),
    "expected bool, not number",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", order-by: «client.env, do: [ { client-kill: halt } ] } }'),
    "Values of type map of text have no order",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", descending: «true, do: [ { client-kill: halt } ] } }'),
    "descending needs order-by",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", limit: «0, do: [ { client-kill: halt } ] } }'),
    "'0' is not a whole number from 1 to 1000000",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", pace: «5, do: [ { client-kill: halt } ] } }'),
    "'5' is not a pace such as 5/s or 30/m",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", daemons: «al, do: [ { client-kill: halt } ] } }'),
    "'al' is not this, all; did you mean 'all'?",
  ],
  [
    on(
      "STATE",
      '{ for-each: { clients: "true", daemons: «all, do: [ { client-kill: halt } ] }, daemon: office }',
    ),
    "daemons: all goes not together with daemon:",
  ],
  [
    on("STATE", '{ for-each: { clients: "true", «pase: 5/s, do: [ { client-kill: halt } ] } }'),
    "unknown key 'pase'; did you mean 'pace'?",
  ],
  [
    on(
      "STATE",
      '{ for-each: { clients: "true", do: [ { «for-each: { clients: "true", do: [ { client-kill: halt } ] } } ] } }',
    ),
    "for-each cannot stand inside for-each",
  ],
  [
    on(
      "STATE",
      '{ for-each: { clients: "true", do: [ { notify: "${client.«comon_name}" }, { «client-kil: halt } ] } }',
    ),
    "unknown field 'comon_name' of client; did you mean 'common_name'?",
    "unknown action 'client-kil'; did you mean 'client-kill'?",
  ],
  [on("STATE", "{ «for-ech: x }"), "unknown action 'for-ech'; did you mean 'for-each'?"],
  [
    on("STATE", '{ notify: x, «for-each: { clients: "true", do: [ { client-kill: halt } ] } }'),
    "One action each: 'notify' stands here already",
  ],
];

test.each(MISTAKES)(
  "a mistake in an action on clients is told at its place: %s",
  async (rules, ...messages) => {
    const { text, expected } = marked(withRules(rules), messages);
    expect(await mistakesOf(text)).toEqual(expected);
  },
);

const RIGHT = [
  client("{ client-kill: halt }, { client-kill: { restart: { next: true } } }, forget-passwords"),
  on("[CLIENT:ESTABLISHED, STATE]", "{ client-kill: halt }"),
  on("my.event", "{ client-kill: halt }, { client-deny: { reason: 007 } }"),
  on("STATE", "{ push-update: { options: -dns, broad: true } }"),
  on("STATE", '{ push-update: { options: "${event.name}", broad: true } }'),
  on(
    "STATE",
    "{ kill: ann }, { kill: 192.0.2.7:1194 }, { kill: udp:192.0.2.7:1194 }".replace(
      /(\d\S*|udp\S*) }/g,
      '"$1" }',
    ),
  ),
  on(
    "window.opened",
    '{ for-each: { clients: "daemon.name == client.common_name", daemons: all, limit: 3, pace: 30/m, do: [ { client-kill: halt } ] }, timeout: 5s, on-error: continue }',
  ),
  on(
    "STATE",
    '{ for-each: { clients: true, order-by: client.bytes_in, descending: true, do: [ { client-kill: { hard: true, halt: "${bytes_text(client.bytes_in)}" } }, forget-passwords ] } }',
  ),
];

test.each(RIGHT)("this loads without a word: %s", async (rules) => {
  const { problems } = await load(withRules(rules));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("files are found from the rulebook, also when their names are worked out late", async () => {
  const { rulebook } = await load(
    withRules(
      on(
        "STATE",
        '{ status: { to: ./a.txt } }, { log: { to: "${event.name}.log" } }, { log: { to: /b.log } }',
      ),
    ),
  );
  const steps = rulebook?.rules.find(({ id }) => id === "a")?.do ?? [];
  const params = steps.map((step) => "params" in step && step.params.resolve({ event: { name: "x" } }));
  expect(params).toEqual([
    { to: `${process.cwd()}/rules/a.txt` },
    { to: `${process.cwd()}/rules/x.log` },
    { to: "/b.log" },
  ]);
});

test("a plugin's action may be for a client, too", async () => {
  const acme = {
    name: "acme",
    actions: {
      always: { params: z.object({}), forClient: true as const, run: () => undefined },
      some: {
        params: z.object({ all: z.boolean() }),
        forClient: (params: unknown) => (params as { all: boolean }).all !== true,
        run: () => undefined,
      },
    },
  };
  const rules = `- { id: a, on: STATE, do: [ { «acme.always: {} }, { acme.some: { all: true } }, { «acme.some: { all: false } } ] }
- { id: b, on: CLIENT:ESTABLISHED, do: [ { acme.always: {} }, { acme.some: { all: false } } ] }`;
  const { text, expected } = marked(`${withRules(rules)}plugins: { acme: ./acme.ts }`, [
    `'acme.always' ${NO_CLIENT}`,
    `'acme.some' ${NO_CLIENT}`,
  ]);
  const setting = { plugins: { "rules/acme.ts": acme } };
  expect(await mistakesOf(text, setting)).toEqual(expected);
});
