import { expect, test, vi } from "vitest";
import { z } from "zod";
import { definePlugin } from "../../src/plugin/contract.ts";
import { block, ServerWorld } from "./server-world.ts";

const CANARY = 'canary-\\"S3cret-pw';
const RESPONSE = Buffer.from(CANARY).toString("base64");
const PENDING = `{ pending: { method: "CR_TEXT:R,E:Code", timeout: 60s } }`;
const LONG = "x".repeat(112);

/** Nothing of it, not even a part. */
function expectNothingOf(what: unknown): void {
  expect(JSON.stringify(what)).not.toMatch(/canary|S3cret/);
}

test("what a client answered does not outlive the process in the store, where a rule waits or counts", async () => {
  const world = await ServerWorld.open(`rules:
  - id: digest
    on: [CLIENT:CR_RESPONSE, CLIENT:CONNECT]
    observe: true
    key: event.type
    throttle: { times: 1, per: 30m, then: digest }
    do: [ { notify: heard } ]
`);
  for (const cid of [0, 1]) {
    await world.say(block(`CONNECT,${cid},1`, { password: CANARY }));
    await world.say(block(`CR_RESPONSE,${cid},1,${RESPONSE}`, { password: CANARY }));
  }
  const kept = world.engine.store.entries("timing");
  expect(JSON.stringify(kept)).toContain("CLIENT:CR_RESPONSE");
  expectNothingOf(kept);
  expectNothingOf(world.records);
  await world.close();
});

test.each([
  ["gives back what it was told", ["cat"]],
  ["tells the password as its reason", ["sed", 's/.*"password":\\("[^,]*"\\).*/{"deny":{"reason":\\1}}/']],
])("a program that %s makes nobody see it", async (_, argv) => {
  const world = await ServerWorld.open(`rules:
  - id: ask
    on: CLIENT:CONNECT
    answer: { exec: ${JSON.stringify(argv)}, timeout: 10s, else: deny }
`);
  await world.say(block("CONNECT,0,1", { padding: LONG, password: CANARY }));
  await vi.waitFor(() => expect(world.take()).toHaveLength(1), 5_000);
  expect(world.of("decision")).toHaveLength(1);
  expectNothingOf(world.records);
  await world.close();
});

test("a response is masked where a rule repeats it, and where a plugin does", async () => {
  const plugin = definePlugin({
    name: "acme",
    answers: {
      check: {
        queries: ["CLIENT:CR_RESPONSE"],
        params: z.object({}),
        answer: (_, context) => {
          const { event } = context;
          context.log(`heard ${String(event["response"])}`);
          return Promise.reject(new Error(`wrong: ${String(event["response"])}`));
        },
      },
    },
  });
  const otherwise = `{ deny: { reason: "wrong: \${event.response}" } }`;
  const world = await ServerWorld.open(
    `plugins: { acme: ./acme.ts }
rules:
  - { id: code, on: CLIENT:CONNECT, answer: ${PENDING} }
  - { id: check, on: CLIENT:CR_RESPONSE, answer: { acme.check: {}, timeout: 5s, else: ${otherwise} } }
`,
    { plugin },
  );
  await world.say(block("CONNECT,0,1"));
  world.take();
  await world.say(block(`CR_RESPONSE,0,1,${RESPONSE}`));
  await vi.waitFor(() => expect(world.take()).toHaveLength(1), 5_000);
  const said = JSON.stringify(world.records);
  expect(said).toContain("heard <redacted>");
  expect(said).toContain("wrong: <redacted>");
  expectNothingOf(world.records);
  await world.close();
});

test("a text that a program gave OpenVPN in a wrong form is not shown", async () => {
  const world = await ServerWorld.open(`rules:
  - { id: pin, on: NEED-STR, answer: { exec: [echo, '"canary"'], timeout: 10s, else: { string: none } } }
`);
  await world.say([">NEED-STR:Need 'name' string MSG:give"]);
  await vi.waitFor(() => expect(world.take()).toEqual(["needstr name none"]), 5_000);
  expect(world.of("error")).toHaveLength(1);
  expectNothingOf(world.records);
  await world.close();
});
