import { afterAll, beforeAll, expect, test } from "vitest";
import { type Entry, Live } from "./live.ts";

const ACME = `
import { z } from "zod";
import { ActionError, defineAction, definePlugin } from "signalbox/plugin";
const none = z.object({});
const never = new Promise<never>(() => undefined);
const action = (run: (context: any) => unknown) => ({ params: none, run: (_: unknown, context: any) => run(context) as void });
const answer = (answer: () => unknown) => ({ queries: ["REMOTE"], params: none, answer: async () => answer() });
export default definePlugin({
  name: "acme",
  config: z.object({ region: z.string().default("eu") }),
  functions: {
    half: { params: ["number"], returns: "number", call: (n: number) => n / 2 },
    broken: { params: [], returns: "bool", call: () => { throw new Error("broken"); } },
  },
  actions: {
    tell: defineAction({ params: z.object({ text: z.string().max(20) }), run: ({ text }, context) => context.log(text) }),
    look: action(({ event, daemon, config, log }) => log([event.type, event.text, daemon.name, config.region].join(" "))),
    count: action(({ store, log }) => {
      const n = (store.get("n") ?? 0) + 1;
      if (n === 3) store.delete("n");
      else store.put("n", n);
      log("n=" + n);
    }),
    raise: action(({ emit }) => emit("acme.found", { size: 10 })),
    throws: action(() => { throw new Error("no luck\\nat all"); }),
    rejects: action(() => Promise.reject("no luck either")),
    gone: action(() => { throw new ActionError("gone", "it went away"); }),
    never: action(({ signal, log }) => {
      signal.addEventListener("abort", () => log("aborted"));
      return never;
    }),
    sends: action(({ send }) => send("signal", "SIGTERM")),
  },
  answers: {
    pick: answer(() => ({ mod: { host: "vpn9", port: 1195 } })),
    throws: answer(() => { throw new Error("no luck\\nat all"); }),
    nonsense: answer(() => ({ mod: { host: "vpn9", port: 0 } })),
    never: answer(() => never),
  },
});
`;

const one = (name: string, rest = ""): string => `
  - id: ${name}
    on: ECHO
    where: { text: ${name} }
    do:
      - acme.${name}: {}
${rest}`;

const query = (name: string): string => `
  - id: answer-${name}
    on: REMOTE
    where: { host: ${name} }
    answer: { acme.${name}: {}, timeout: 20ms, else: { mod: { host: vpn8, port: 1194 } } }
`;

const RULEBOOK = `version: 1
plugins:
  acme: { from: ./acme.ts, config: {} }
rules:
${["look", "count", "raise", "gone", "sends"].map((name) => one(name)).join("")}
${one("throws", '      - acme.tell: { text: "not reached" }\n')}
${one("rejects", '        on-error: continue\n      - acme.tell: { text: "reached" }\n')}
${one("never", "        timeout: 20ms\n")}
  - { id: found, on: acme.found, when: "acme.half(event.size) == 5", do: [{ acme.tell: { text: "found 10" } }] }
  - { id: broken, on: ECHO, where: { text: broken }, when: "acme.broken()", do: [{ acme.tell: { text: "not reached" } }] }
  - { id: behind, on: ECHO, where: { text: broken }, do: [{ acme.tell: { text: "behind" } }] }
  - { id: failed, on: action.failed, do: [{ acme.tell: { text: "failed: \${event.error}" } }] }
  - { id: long, on: ECHO, where: { text: long }, do: [{ acme.tell: { text: "\${event.text}, \${event.text}, \${event.text}, long" } }] }
${["pick", "throws", "nonsense", "never"].map(query).join("")}
`;

let live: Live;
beforeAll(async () => {
  live = await Live.start(RULEBOOK, { "acme.ts": ACME });
});
afterAll(async () => {
  // Whatever the plugin did, the engine ends in good order.
  expect(await live.stop()).toBe(0);
});

const told = (text: string) => (entry: Entry) => entry["text"] === text;
const failed = ({ kind, error }: Entry): boolean => kind === "action" && error !== undefined;
const sent = ({ kind, command }: Entry): boolean =>
  kind === "command" && String(command).startsWith("remote ");
const error = ({ kind }: Entry): boolean => kind === "error";

test("ctx.log writes to the journal; event, daemon and config are what they should be", async () => {
  expect(await live.say(">ECHO:1,look", told("ECHO look default eu"))).toMatchObject({
    kind: "action",
    plugin: "acme",
    rule: "look",
    daemon: "default",
  });
});

test("ctx.store keeps the plugin's own keys from call to call", async () => {
  for (const n of [1, 2, 3, 1]) expect(await live.say(">ECHO:1,count", told(`n=${n}`))).toBeDefined();
});

test("ctx.emit raises an event that rules see, and a function decides in their when", async () => {
  expect(await live.say(">ECHO:1,raise", told("found 10"))).toMatchObject({ rule: "found" });
});

test("an action that throws fails on one line, and what stands behind it is not run", async () => {
  const entry = await live.say(">ECHO:1,throws", failed);
  expect(entry).toMatchObject({ rule: "throws", action: "acme.throws", error: "failed", reason: "no luck" });
  expect(await live.journalled(told("failed: failed"))).toBeDefined();
});

test("with on-error: continue, what stands behind an action that rejects is run", async () => {
  expect(await live.say(">ECHO:1,rejects", failed)).toMatchObject({
    error: "failed",
    reason: "no luck either",
  });
  expect(await live.journalled(told("reached"))).toMatchObject({ rule: "rejects" });
});

test("an ActionError of the contract keeps its code: the contract is the engine's own", async () => {
  expect(await live.say(">ECHO:1,gone", failed)).toMatchObject({ error: "gone", reason: "it went away" });
});

test("an action that never ends is aborted at its deadline, and its rule can run again", async () => {
  for (let i = 0; i < 2; i++) {
    const entry = await live.say(">ECHO:1,never", failed);
    expect(entry).toMatchObject({ action: "acme.never", error: "timeout", reason: "No result within 20 ms" });
    await live.journalled(told("aborted"));
    await live.journalled(told("failed: timeout"));
  }
});

test("a plugin may not send commands", async () => {
  expect(await live.say(">ECHO:1,sends", failed)).toMatchObject({ error: "refused" });
});

test("a parameter that turns out wrong when the rule fires is an invalid action", async () => {
  expect(await live.say(">ECHO:1,long", failed)).toMatchObject({ action: "acme.tell", error: "invalid" });
});

test("a function that throws holds its rule back, and the next rule fires", async () => {
  expect(await live.say(">ECHO:1,broken", told("behind"))).toMatchObject({ rule: "behind" });
});

test("an answer of a plugin is sent", async () => {
  const entry = await live.say(">REMOTE:pick,1194,udp", sent);
  expect(entry["command"]).toBe("remote MOD vpn9 1195");
});

test.each([
  ["throws", "no luck"],
  ["nonsense", 'No answer for REMOTE: {"mod":{"host":"vpn9","port":0}}'],
  ["never", "No answer within 20 ms"],
])("an answer that %s is replaced by its else, and the journal says why", async (name, reason) => {
  expect(await live.say(`>REMOTE:${name},1194,udp`, error)).toMatchObject({
    rule: `answer-${name}`,
    error: reason,
  });
  expect((await live.journalled(sent))["command"]).toBe("remote MOD vpn8 1194");
});
