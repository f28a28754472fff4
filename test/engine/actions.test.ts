import { expect, test } from "vitest";
import { World, type WorldOptions } from "./support.ts";

/** A rule with these actions on `my.event`, in front of further rules; the hold is kept. */
const doing = (actions: string, more = ""): string => `version: 1
defaults: { HOLD: keep }
rules:
  - { id: act, on: my.event, do: [ ${actions} ] }
  - { id: heard, on: action.failed, do: [ { notify: "\${event.rule} \${event.action} \${event.error}" } ] }
${more}
`;

async function act(yaml: string, options: WorldOptions & { connected?: true } = {}): Promise<World> {
  const world = await World.open(yaml, options);
  if (options.connected) await world.connected();
  world.clear();
  world.engine.raise(world.engine.globalEvent("my.event", {}));
  world.engine.drain();
  await world.pass(100);
  return world;
}

const CONNECTED = { connected: true, daemon: { hold: false } } as const;

test("A signal while OpenVPN waits for an answer is refused: it could end it", async () => {
  const held = await act(doing("{ signal: SIGUSR1 }"));
  expect(held.sent).toEqual([]);
  expect(held.notices).toEqual(["act signal refused"]);
  expect(held.of("action")[0]).toMatchObject({ error: "refused", reason: /HOLD is open.*force: true/ });
  await held.close();
  const connected = await act(doing("{ signal: SIGUSR2 }"), CONNECTED);
  expect(connected.sent).toEqual(["signal SIGUSR2"]);
  expect(connected.notices).toEqual([]);
  await connected.close();
});

test("A remote that is asked counts as an open question too", async () => {
  const world = await act(
    doing(
      "{ signal: SIGHUP }",
      "  - { id: hang, on: REMOTE, answer: { exec: [tail, -f, /dev/null], timeout: 1h, else: accept } }",
    ),
    {
      daemon: { hold: false },
    },
  );
  expect(world.sent).toEqual([]);
  expect(world.of("action")[0]).toMatchObject({ error: "refused", reason: /REMOTE is open/ });
  world.daemon.accept();
  await world.pass(3_000);
  await world.close();
});

test("With force: true the signal is sent whatever is open", async () => {
  const world = await act(doing("{ signal: { name: SIGTERM, force: true } }"));
  expect(world.sent).toEqual(["signal SIGTERM"]);
  expect(world.daemon.exitCode).toBe(0);
  await world.close();
});

test("A question that the engine does not answer is open all the same", async () => {
  const world = await World.open(doing("{ signal: SIGUSR1 }"), CONNECTED);
  await world.connected();
  world.daemon.slot.say(">PASSWORD:Need 'Auth' username/password");
  await world.pass(0);
  world.engine.raise(world.engine.globalEvent("my.event", {}));
  world.engine.drain();
  await world.pass(100);
  expect(world.sent).not.toContain("signal SIGUSR1");
  expect(world.notices).toEqual(["act signal refused"]);
  await world.close();
});

test("hold, auth-retry and verb set what they say", async () => {
  const world = await act(doing("{ hold: off }, { auth-retry: nointeract }, { verb: 9 }"));
  expect(world.sent).toEqual(["hold off", "auth-retry nointeract", "verb 9"]);
  expect(world.daemon).toMatchObject({ authRetry: "nointeract", verb: 9, flags: { hold: false } });
  await world.close();
});

test("A release by an action ends the hold that a rule keeps", async () => {
  const world = await act(doing("{ hold: release }"));
  expect(world.sent[0]).toBe("hold release");
  expect(world.daemon.held).toBe(false);
  await world.connected();
  expect(world.engine.session("office")?.desk.open).toBeUndefined();
  await world.close();
});

test("With the log on a level above 7 is refused, for OpenVPN would never read a command again", async () => {
  const log =
    "  - { id: log, on: LOG, do: [ { set: { seen: true } } ] }\nvariables: { seen: { type: bool, default: false } }";
  const world = await act(doing("{ verb: 8 }", log));
  expect(world.daemon.verb).toBe(3);
  expect(world.notices).toEqual(["act verb refused"]);
  await world.close();
  const seven = await act(doing("{ verb: 7 }", log));
  expect(seven.daemon.verb).toBe(7);
  await seven.close();
});

test("management: sends any other command, its arguments as OpenVPN reads them", async () => {
  const world = await act(doing('{ management: [mute, 12] }, { management: [kill, "a b"] }'), CONNECTED);
  expect(world.sent).toEqual(["mute 12", 'kill "a b"']);
  expect(world.daemon.mute).toBe(12);
  expect(world.notices).toEqual(["act management refused"]);
  await world.close();
});

test("management: refuses answers, subscriptions, and what harms OpenVPN, also when they are worked out late", async () => {
  for (const command of [
    "remote",
    "password",
    "client-auth",
    "state",
    "bytecount",
    "log",
    "quit",
    "pkcs11-id-count",
    "test",
    "signal",
    "hold",
    "verb",
    "nonsense",
  ]) {
    const world = await act(
      doing(
        `{ management: ["\${vars.command}", "1"] }`,
        `variables: { command: { type: text, default: ${command} } }`,
      ),
    );
    expect(world.sent).toEqual([]);
    expect(world.notices).toEqual(["act management invalid"]);
    await world.close();
  }
});

test("An action that OpenVPN refuses ends the rule's further ones, unless it says on-error: continue", async () => {
  const stopped = await act(doing("{ management: [nclients] }, { management: [mute, 3] }"), CONNECTED);
  expect(stopped.sent).toEqual(["nclients"]);
  expect(stopped.notices).toEqual(["act management refused"]);
  await stopped.close();
  const continued = await act(
    doing("{ management: [nclients], on-error: continue }, { management: [mute, 3] }"),
    CONNECTED,
  );
  expect(continued.sent).toEqual(["nclients", "mute 3"]);
  expect(continued.notices).toEqual(["act management refused"]);
  await continued.close();
});

test("A command whose connection breaks under it has failed as gone", async () => {
  const world = await World.open(doing("{ management: [mute, 3] }"));
  world.instead = (line) => (line.startsWith("mute") ? "" : undefined);
  world.engine.raise(world.engine.globalEvent("my.event", {}));
  world.engine.drain();
  await world.pass(100);
  await world.cutOff();
  await world.pass(100);
  expect(world.notices).toEqual(["act management gone"]);
  await world.close();
});

test("An action that takes longer than its timeout has failed, and the rule may fire again", async () => {
  const world = await World.open(doing("{ management: [mute, 3], timeout: 2s }, { notify: never }"));
  world.instead = (line) => (line.startsWith("mute") ? "" : undefined);
  const fire = (): void => {
    world.engine.raise(world.engine.globalEvent("my.event", {}));
    world.engine.drain();
  };
  fire();
  await world.pass(1_999);
  expect(world.notices).toEqual([]);
  await world.pass(1);
  expect(world.notices).toEqual(["act management timeout"]);
  fire();
  await world.pass(2_000);
  expect(world.notices).toEqual(["act management timeout", "act management timeout"]);
  await world.close();
});

test("While a rule's actions run, it does not run twice", async () => {
  const world = await World.open(doing("{ management: [mute, 3] }"));
  world.instead = (line) => (line.startsWith("mute") ? "" : undefined);
  for (let i = 0; i < 3; i++) world.engine.raise(world.engine.globalEvent("my.event", {}));
  world.engine.drain();
  await world.pass(100);
  const held = world
    .of("event")
    .flatMap((record) => (record["held-back"] as { stage: string }[] | undefined) ?? []);
  expect(held).toMatchObject([
    { rule: "act", stage: "mode" },
    { rule: "act", stage: "mode" },
  ]);
  await world.cutOff();
  await world.close();
});
