import { expect, test } from "vitest";
import { z } from "zod";
import { definePlugin } from "../../src/plugin/contract.ts";
import { VPN2, World } from "./support.ts";

/** The hold is released by the test, so that the question comes when it says so. */
const asks = (answer: string): string => `version: 1
defaults: { HOLD: keep }
plugins: { acme: ./acme.ts }
rules:
  - { id: pick, on: REMOTE, answer: ${answer}, do: [ { notify: "took it" } ] }
`;

const PLUGIN = "{ acme.pick: {}, timeout: 2s, else: accept }";

function plugin(answer: () => Promise<unknown>) {
  return definePlugin({
    name: "acme",
    answers: { pick: { queries: ["REMOTE"], params: z.object({}), answer } },
  });
}

async function asked(
  answer: string,
  given: () => Promise<unknown> = () => Promise.resolve("accept"),
): Promise<World> {
  const world = await World.open(asks(answer), { plugin: plugin(given) });
  world.daemon.release();
  await world.pass(0);
  return world;
}

test("A plugin's answer is carried out, and the rule's actions follow", async () => {
  const world = await asked(PLUGIN, () => Promise.resolve({ mod: { host: VPN2.host, port: 1194 } }));
  expect(world.sent).toEqual(["remote MOD vpn2.example.net 1194"]);
  expect(world.notices).toEqual(["took it"]);
  await world.close();
});

test("While a plugin thinks the question is open and shown; when it is late its else answers, and what it says then is dropped", async () => {
  let say: (answer: unknown) => void = () => undefined;
  const world = await asked(PLUGIN, () => new Promise((resolve) => (say = resolve)));
  expect(world.engine.session("office")?.desk.open).toMatchObject({ query: "REMOTE", phase: "thinking" });
  await world.pass(1_999);
  expect(world.sent).toEqual([]);
  await world.pass(1);
  expect(world.sent).toEqual(["remote ACCEPT"]);
  expect(world.of("error")).toMatchObject([{ rule: "pick", error: "No answer within 2000 ms" }]);
  say({ mod: { host: VPN2.host, port: 1194 } });
  await world.pass(100);
  expect(world.sent).toEqual(["remote ACCEPT"]);
  await world.close();
});

test("A plugin that throws, or says what is no answer, lets its else answer", async () => {
  for (const [given, error] of [
    [() => Promise.reject(new Error("the map is torn\nat line 1")), "the map is torn"],
    [() => Promise.resolve("maybe"), 'No answer for REMOTE: "maybe"'],
    [() => Promise.resolve(undefined), "No answer for REMOTE: nothing"],
    [() => Promise.resolve({ from: "nowhere" }), "No answer for REMOTE: unknown group 'nowhere'"],
    [
      () => Promise.resolve({ mod: { host: "a", port: 0 } }),
      'No answer for REMOTE: {"mod":{"host":"a","port":0}}',
    ],
  ] as const) {
    const world = await asked(PLUGIN, given);
    expect(world.sent).toEqual(["remote ACCEPT"]);
    expect(world.of("error")).toMatchObject([{ rule: "pick", error }]);
    await world.close();
  }
});

test("What a plugin would say to a question that is over is not sent", async () => {
  let say: (answer: unknown) => void = () => undefined;
  const world = await asked(PLUGIN, () => new Promise((resolve) => (say = resolve)));
  world.daemon.accept();
  await world.pass(1_900);
  say("accept");
  await world.pass(5_000);
  expect(world.sent).toEqual([]);
  expect(world.daemon.connected).toBe(true);
  await world.close();
});

test("A program reads the event and answers on its standard output", async () => {
  const program = `'grep -q "vpn1.example.net" && echo "{\\"mod\\":{\\"host\\":\\"vpn2.example.net\\",\\"port\\":1194}}"'`;
  const world = await asked(`{ exec: [sh, -c, ${program}], timeout: 5s, else: skip }`);
  await world.idle();
  expect(world.of("error")).toEqual([]);
  expect(world.sent).toEqual(["remote MOD vpn2.example.net 1194"]);
  await world.close();
});

test("A program that fails, is missing or prints something else lets its else answer", async () => {
  for (const [argv, error] of [
    ["[sh, -c, 'exit 3']", "sh ended with status 3"],
    ["[/nowhere/to/be/found]", "Cannot run /nowhere/to/be/found: ENOENT"],
    ["[echo, hello]", "echo did not print one answer as JSON"],
  ] as const) {
    const world = await asked(`{ exec: ${argv}, timeout: 5s, else: accept }`);
    await world.idle();
    expect(world.sent).toEqual(["remote ACCEPT"]);
    expect(world.of("error")).toMatchObject([{ rule: "pick", error }]);
    await world.close();
  }
});

test("A program that hangs is ended at its timeout, and its else answers", async () => {
  const world = await asked(
    "{ exec: [tail, -f, /dev/null], timeout: 3s, else: { mod: { host: vpn2.example.net, port: 1194 } } }",
  );
  await world.pass(2_999);
  expect(world.sent).toEqual([]);
  await world.pass(1);
  expect(world.sent).toEqual(["remote MOD vpn2.example.net 1194"]);
  await world.close();
});

test("A question that comes again while a plugin thinks is put to it once more, and answered once", async () => {
  const says: ((answer: unknown) => void)[] = [];
  const world = await asked(PLUGIN.replace("2s", "1h"), () => new Promise((resolve) => says.push(resolve)));
  await world.cutOff();
  for (const say of says) say({ mod: { host: VPN2.host, port: 1194 } });
  await world.pass(0);
  expect(world.sent).toEqual(["remote MOD vpn2.example.net 1194"]);
  expect(world.notices).toEqual(["took it"]);
  await world.close();
});
