import type { JournalRecord } from "../engine/journal.ts";
import { chanceOf } from "../simulator/server/chance.ts";
import { ClientPeer } from "../simulator/server/client-peer.ts";
import { ServerDaemon } from "../simulator/server/server-daemon.ts";
import { VirtualClock } from "../util/clock.ts";
import { seededRandom } from "../util/random.ts";
import { formatSize } from "../util/size.ts";
import { demoEngine } from "./demo-engine.ts";
import { type Demo, type Moment, settle } from "./demo-moment.ts";

/** The heart of rules/quota.yaml, with a small budget and a short period. */
const RULEBOOK = `version: 1
quotas:
  hourly: { subject: client.common_name, limit: 60MB, per: hour, tz: UTC, warn-at: [80%, 95%] }
  ever: { subject: client.common_name, limit: 1TB, per: lifetime }
defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }
rules:
  - id: spent
    on: CLIENT:CONNECT
    when: quota("hourly").exceeded
    answer: { deny: { reason: quota, client-reason: "Your hour is used up", temporary: { backoff: 10s } } }
  - { id: welcome, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: allow }
  - { id: warn, on: quota.warned, do: [{ notify: "\${event.subject}: \${event.level} are used" }] }
  - { id: cut, on: quota.exceeded, do: [{ client-kill: { restart: { text: "Your hour is used up" }, hard: true } }] }
  - { id: back, on: quota.reset, do: [{ notify: "\${event.subject} begins anew" }] }
`;

const START = Date.UTC(2026, 0, 5, 9, 58, 20);
const RESET = Date.UTC(2026, 0, 5, 10);
const LENGTH = 125_000;

/** Bytes a second, as the server sees them. */
const RATES = {
  laptop: { in: 200_000, out: 1_000_000 },
  phone: { in: 50_000, out: 300_000 },
  bob: { in: 20_000, out: 80_000 },
};

interface Outcome {
  /** Levels that were told of ann. */
  readonly warned: number;
  /** Sessions that were sent away, and attempts that were denied. */
  readonly cut: number;
  readonly denied: number;
  /** Both devices are connected again. */
  readonly back: boolean;
  /** What the accounts say, and what the servers counted, bytes. */
  readonly charged: number;
  readonly counted: number;
}

export const quotaDemo: Demo<Outcome> = {
  introduction: `Two simulated OpenVPN servers, one by UDP and one by TCP, share the accounts of one engine. Ann uses a laptop on
one and a phone on the other, bob is a quiet user. The rulebook gives everybody 60MB an hour, counted by common name:

  quotas: { hourly: { subject: client.common_name, limit: 60MB, per: hour, warn-at: [80%, 95%] } }
`,
  names: { "": "world", ann: "ann", bob: "bob", rules: "Signalbox" },
  play,
  isWell: ({ warned, cut, denied, back, charged, counted }) =>
    warned === 2 && cut === 2 && denied > 0 && back && charged === counted,
  closing: ({ charged, counted }) =>
    `Ann was warned twice, cut on both servers, kept out until the hour was over, and is back by herself. The servers counted ${formatSize(counted)} in all, and ${formatSize(charged)} were charged: to the byte.`,
};

async function play(tell: (moment: Moment) => void, pass: (ms: number) => Promise<void>): Promise<Outcome> {
  const clock = new VirtualClock(START);
  const say = (who: string, text: string): void => tell({ at: Math.round(clock.now() - START), who, text });
  const servers = { udp: serverBy("udp", clock), tcp: serverBy("tcp-server", clock) };
  const log = new Log(say);
  const engine = await demoEngine(RULEBOOK, new Map(Object.entries(servers)), clock, (record) =>
    log.see(record),
  );
  const random = seededRandom(7);
  const peer = (who: string, device: keyof typeof RATES, by: keyof typeof servers): ClientPeer =>
    new ClientPeer({
      ...{ clock, random, door: servers[by], commonName: who, ip: "192.0.2.7", rate: RATES[device] },
      tell: (text) => say(who, device === who ? text : `${device} ${text}`),
    });
  const ann = [peer("ann", "laptop", "udp"), peer("ann", "phone", "tcp")];
  const bob = peer("bob", "bob", "tcp");

  for (const server of Object.values(servers)) server.start();
  engine.start();
  await clock.advanceAsync(1_500, settle);
  for (const one of [...ann, bob]) one.come();
  clock.after(RESET - clock.now(), () => say("", "it is 10 o'clock: a new hour begins"));
  for (const step = 100; clock.now() - START < LENGTH;) {
    await clock.advanceAsync(step, settle);
    await pass(step);
  }
  const back = ann.every(({ connected }) => connected);
  // Who ends tells the totals of all sessions.
  for (const server of Object.values(servers)) server.signal("SIGTERM");
  await clock.advanceAsync(2_000, settle);
  const charged = (engine.quotas?.status() ?? [])
    .filter(({ quota }) => quota === "ever")
    .reduce((sum, { used }) => sum + used, 0);
  await engine.stop();
  for (const one of [...ann, bob]) one.stop();
  return { ...log.seen, back, charged };
}

function serverBy(protocol: "udp" | "tcp-server", clock: VirtualClock): ServerDaemon {
  const chance = chanceOf(seededRandom(3));
  return new ServerDaemon({
    clock,
    chance,
    protocol,
    duplicateCn: true,
    authUserPassOptional: true,
    keepalive: [2, 10],
  });
}

/** What the engine did, in words and numbers. */
class Log {
  readonly seen = { warned: 0, cut: 0, denied: 0, counted: 0 };
  readonly #say: (who: string, text: string) => void;

  constructor(say: (who: string, text: string) => void) {
    this.#say = say;
  }

  see(record: JournalRecord): void {
    const { kind, daemon = "" } = record;
    const event = record["event"] as { readonly [field: string]: unknown } | undefined;
    if (kind === "event" && event?.["type"] === "quota.warned") this.seen.warned++;
    if (kind === "event" && event?.["type"] === "CLIENT:DISCONNECT" && event["established"] === true)
      this.seen.counted += Number(event["bytes_in"]) + Number(event["bytes_out"]);
    if (kind === "action" && record["action"] === "notify") this.#say("rules", String(record["params"]));
    if (kind !== "command") return;
    const command = String(record["command"]);
    if (command.startsWith("client-kill")) this.seen.cut++;
    if (command.startsWith("client-deny")) this.seen.denied++;
    if (/^(client-kill|client-deny|kill) /.test(command)) this.#say("rules", `${daemon}: ${command}`);
  }
}
