import { afterEach, expect, test } from "vitest";
import { command } from "../../src/protocol/constructors.ts";
import { refusal, type Situation } from "../../src/protocol/danger.ts";
import { encode } from "../../src/protocol/encoder.ts";
import type { Command } from "../../src/protocol/command.ts";
import { parseNotification } from "../../src/protocol/notifications.ts";
import { Watch } from "../../src/protocol/watch.ts";
import { Lab, pause, PKI, Process, until } from "../support/lab.ts";
import { makePki } from "../support/pki.ts";
import { Raw } from "../support/raw.ts";

let lab: Lab;
let keylessProcess: Process | undefined;
afterEach(async () => {
  await keylessProcess?.stop("SIGKILL");
  keylessProcess = undefined;
  await lab.close();
});

/** What is refused by default is sent here none the less, to see that it is refused for a reason. */
async function insist(raw: Raw, sent: Command, situation: Situation): Promise<void> {
  expect(refusal(sent, { version: "2.6.14", ...situation })).toBeDefined();
  raw.write(encode(sent));
  await Promise.resolve();
}

async function ended(client: Process): Promise<number | NodeJS.Signals | null> {
  await until("the end of OpenVPN", 10_000, () => (client.code === undefined ? undefined : true));
  return client.child.signalCode ?? client.code ?? null;
}

const remotes = ["127.0.0.1 1 udp"];

test.each(["pkcs11-id-count", "pkcs11-id-get"])("%s in the first hold aborts OpenVPN", async (name) => {
  lab = Lab.create();
  const client = lab.client({ remotes });
  const raw = await Raw.connect(client.management);
  await raw.sees(/^>HOLD/);
  const sent = name === "pkcs11-id-count" ? command.pkcs11.count() : command.pkcs11.get(0);
  await insist(raw, sent, { held: true, firstHold: true });
  expect(await ended(client)).toBe("SIGABRT");
});

test.each<[what: string, asks: boolean, extra: string[], until: RegExp, situation: Situation]>([
  ["in the first hold", true, [], /^>HOLD/, { held: true, firstHold: true }],
  ["while a remote is asked for", true, [], /^>REMOTE/, { question: "REMOTE" }],
  ["while a proxy is asked for", false, ["--management-query-proxy"], /^>PROXY/, { question: "PROXY" }],
  ["in a later hold", false, [], /^>HOLD/, { held: true, firstHold: false }],
  ["between two attempts", false, [], /RECONNECTING/, { state: "RECONNECTING" }],
])("SIGUSR2 %s ends OpenVPN", async (what, asks, extra, seen, situation) => {
  lab = Lab.create();
  const client = lab.client({ remotes: ["127.0.0.1 1 tcp-client"], asks, extra });
  const raw = await Raw.connect(client.management);
  await raw.ask("state on all\n");
  if (situation.question === "REMOTE") raw.write("hold release\n");
  if (what === "in a later hold") raw.write("hold on\n");
  await raw.sees(seen);
  await insist(raw, command.signal("SIGUSR2"), situation);
  expect(await ended(client)).toBe(0);
});

test("PKCS#11 ids in a later hold and SIGUSR2 in a tunnel are harmless, and not refused", async () => {
  lab = Lab.create();
  const port = 28101;
  await lab.server({ port, proto: "tcp" });
  const client = lab.client({ remotes: [`127.0.0.1 ${port} tcp-client`], asks: false });
  const raw = await Raw.connect(client.management);
  await raw.ask("state on all\n");
  await raw.sees(/,CONNECTED,/);
  expect(
    refusal(command.signal("SIGUSR2"), { state: "CONNECTED", held: false, question: "none" }),
  ).toBeUndefined();
  expect(await raw.ask(encode(command.signal("SIGUSR2")))).toEqual(["SUCCESS: signal SIGUSR2 thrown"]);
  await raw.ask("hold on\nsignal SIGUSR1\n");
  await raw.sees(/^>HOLD/);
  expect(refusal(command.pkcs11.count(), { held: true, firstHold: false })).toBeUndefined();
  expect(await raw.ask(encode(command.pkcs11.count()))).toEqual([">PKCS11ID-COUNT:0"]);
});

test.each(["SIGUSR1", "SIGHUP", "SIGUSR2"] as const)(
  "%s while a password is asked for ends OpenVPN",
  async (name) => {
    lab = Lab.create();
    const client = lab.client({
      remotes,
      asks: false,
      extra: ["--auth-user-pass", "--management-query-passwords"],
    });
    const raw = await Raw.connect(client.management);
    await raw.sees(/^>PASSWORD:Need/);
    await insist(raw, command.signal(name), { question: "PASSWORD:NEED" });
    await raw.sees(/^>FATAL:/);
    expect(await ended(client)).toBe(1);
  },
);

test("an empty user name is taken and for none: a signal still ends OpenVPN", async () => {
  lab = Lab.create();
  const client = lab.client({
    remotes,
    asks: false,
    extra: ["--auth-user-pass", "--management-query-passwords"],
  });
  const raw = await Raw.connect(client.management);
  const watch = new Watch({ version: "2.6.14" }, false);
  watch.heard(parseNotification(await raw.sees(/^>PASSWORD:Need/)));
  for (const sent of [command.username("Auth", ""), command.password("Auth", "x")]) {
    const [reply = ""] = await raw.ask(encode(sent));
    expect(reply).toMatch(/^SUCCESS: 'Auth' \w+ entered, but not yet verified$/);
    watch.replied(sent, { ok: true, text: reply, lines: [] });
  }
  await insist(raw, command.signal("SIGUSR1"), watch.situation);
  expect(await ended(client)).toBe(1);
});

/** A client whose key, and perhaps certificate, are with its controller. */
async function keyless(...extra: string[]): Promise<{ process: Process; raw: Raw }> {
  lab = Lab.create();
  const socket = lab.path("keyless.sock");
  const process = new Process(
    "keyless",
    "openvpn",
    [
      ...["--client", "--dev", "null", "--nobind", "--remote", "127.0.0.1", "1", "udp", "--verb", "3"],
      ...["--ca", makePki(PKI).ca, "--management", socket, "unix", "--management-external-key", ...extra],
    ],
    lab.path("keyless.log"),
    {},
  );
  keylessProcess = process;
  return { process, raw: await Raw.connect(socket) };
}

test("a signal while a certificate is asked for ends OpenVPN", async () => {
  const { process, raw } = await keyless("--management-external-cert", "test");
  await raw.sees(/^>NEED-CERTIFICATE:/);
  await insist(raw, command.signal("SIGUSR1"), { question: "NEED-CERTIFICATE" });
  expect(await ended(process)).toBe(1);
});

test("lines for what nobody asks run as commands", async () => {
  lab = Lab.create();
  const raw = await Raw.connect(lab.client({ remotes }).management);
  await raw.sees(/^>HOLD/);
  const before = await raw.ask("verb\n");
  for (const sent of [
    command.certificate(["verb 4"]),
    command.pkSig(["verb 5"]),
    command.clientPf(0, ["verb 6"]),
  ]) {
    await insist(raw, sent, { question: "HOLD" });
    const [reply] = (await raw.ask("verb\n")).filter((line) => line.startsWith("SUCCESS: verb="));
    expect([before[0], reply]).toEqual([
      "SUCCESS: verb=3",
      `SUCCESS: verb=${String(sent.body?.[0]).slice(5)}`,
    ]);
  }
});

test.each([
  ["log on, then verb 8", [command.log.on(), command.verb(8)], { logOn: true }],
  ["verb 8, then log on", [command.verb(8), command.log.on()], { verb: 8 }],
] as const)("%s: OpenVPN reads no command any more", async (_what, [first, second], situation) => {
  lab = Lab.create();
  const client = lab.client({ remotes, asks: false });
  const raw = await Raw.connect(client.management);
  await pause(500);
  expect(refusal(first, {})).toBeUndefined();
  await raw.ask(encode(first));
  const before = raw.lines.length;
  await insist(raw, second, situation);
  await raw.sees(/^SUCCESS: (verb level changed|real-time log)/, before);
  const from = raw.lines.length;
  raw.write("nclients\n");
  await pause(1500);
  expect(raw.lines.slice(from).filter((line) => line.startsWith("ERROR"))).toEqual([]);
  expect(raw.lines.length - from).toBeGreaterThan(1000);
});
