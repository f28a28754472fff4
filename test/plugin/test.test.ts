import { expect, test } from "vitest";
import { signalbox } from "./support.ts";

const COUNTER = `
import { z } from "zod";
import { definePlugin } from "signalbox/plugin";
export default definePlugin({
  name: "counter",
  functions: { half: { params: ["number"], returns: "number", call: (n: number) => n / 2 } },
  actions: {
    count: {
      params: z.strictObject({ upto: z.number() }),
      run: ({ upto }: { upto: number }, { store, emit }) => {
        const n = Number(store.get("n") ?? 0) + 1;
        store.put("n", n);
        if (n === upto) emit("counter.full", { n });
      },
    },
  },
  answers: {
    pick: {
      queries: ["REMOTE"],
      params: z.object({ host: z.string() }),
      answer: async ({ host }: { host: string }, { event }) => ({ mod: { host: host + "." + event.host, port: 1194 } }),
    },
  },
});
`;

const RULEBOOK = `version: 1
plugins:
  counter: ./counter.ts
rules:
  - { id: count, on: ECHO, do: [{ counter.count: { upto: 2 } }] }
  - { id: full, on: counter.full, when: "counter.half(event.n) == 1", do: [{ emit: { event: my.end } }] }
  - { id: pick, on: REMOTE, answer: { counter.pick: { host: "\${event.proto}" }, timeout: 1s, else: accept } }
tests:
  - name: the plugin counts, also over a restart
    steps:
      - receive: ">ECHO:1,a"
      - expect-not-fired: { rule: full }
      - restart: engine
      - receive: ">ECHO:2,b"
      - expect-fired: [count, full]
  - name: one test knows nothing of another
    steps:
      - receive: ">ECHO:1,a"
      - expect-not-fired: { rule: full }
  - name: the plugin answers
    steps:
      - receive: ">REMOTE:vpn1,1194,udp"
      - expect: ["remote MOD udp.vpn1 1194"]
`;

const passed = [
  "the plugin counts, also over a restart",
  "one test knows nothing of another",
  "the plugin answers",
];

test("a rulebook's tests run its plugins: store, emit, functions and answers", async () => {
  const { code, out, problems } = await signalbox("test", RULEBOOK, { "counter.ts": COUNTER });
  expect(problems).toEqual([]);
  expect(out).toEqual([...passed.map((name) => `ok   rulebook.yaml: ${name}`), "3 passed, 0 failed"]);
  expect(code).toBe(0);
});

test("zod and the contract are the engine's own, also where others of their names are installed", async () => {
  const decoy = { "package.json": '{ "main": "index.js" }', "index.js": 'throw new Error("the wrong one");' };
  const installed = ["zod", "signalbox"].flatMap((name) =>
    Object.entries(decoy).map(([file, text]) => [`node_modules/${name}/${file}`, text] as const),
  );
  const files = {
    ...Object.fromEntries(installed),
    "node_modules/signalbox/plugin.js": 'throw new Error("the wrong one");',
    "counter.ts": COUNTER,
  };
  expect(await signalbox("test", RULEBOOK, files)).toMatchObject({ code: 0, problems: [] });
});
