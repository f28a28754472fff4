import type { JournalRecord } from "../engine/journal.ts";
import { parseNotification } from "../protocol/notifications.ts";
import { ClientDaemon } from "../simulator/client-daemon.ts";
import { Network } from "../simulator/network.ts";
import { VirtualClock } from "../util/clock.ts";
import { demoEngine } from "./demo-engine.ts";
import { type Demo, type Moment, seconds, settle } from "./demo-moment.ts";

/** The rulebook of the demo: the heart of rules/failover.yaml, with a short way back. */
const RULEBOOK = `version: 1
remotes:
  office:
    candidates: from-daemon
    tiers: entries
    fail-after: 1
    penalty: { base: 10m }
    failback: { after: 10s }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`;

const START = Date.UTC(2026, 0, 5, 9);
const PORT = 1194;
const REMOTES = [1, 2, 3, 4, 5].map((n) => ({ host: `vpn${n}.example.net`, port: PORT, proto: "udp" }));

interface Outcome {
  readonly connected: boolean;
  /** From the outage noticed to CONNECTED, ms. */
  readonly alone: number | undefined;
  readonly ruled: number | undefined;
}

/** What happens in the world, ms after the start. */
const STORY: readonly { at: number; text: string; change(network: Network, alone: ClientDaemon): void }[] = [
  {
    at: 5_000,
    text: "vpn1 dies",
    change: (network) => network.set("vpn1.example.net", PORT, "udp", "silent"),
  },
  {
    at: 28_000,
    text: "vpn1 is up again",
    change: (network) => network.set("vpn1.example.net", PORT, "udp", "up"),
  },
  {
    at: 37_000,
    text: "OpenVPN alone would stay on vpn5: its admin restarts it by hand",
    change: (_, alone) => alone.signal("SIGHUP"),
  },
  {
    at: 43_000,
    text: "vpn1 dies again",
    change: (network) => network.set("vpn1.example.net", PORT, "udp", "silent"),
  },
  {
    at: 58_000,
    text: "vpn1 is up again",
    change: (network) => network.set("vpn1.example.net", PORT, "udp", "up"),
  },
];
const LENGTH = 70_000;

/** Two clients with the same five remotes live through the same outages: one left to itself, one led by the rulebook. */
export const failoverDemo: Demo<Outcome> = {
  introduction: `Two simulated OpenVPN clients with the same five remotes, vpn1 to vpn5. One is left to itself;
the other is led by Signalbox with this rulebook:

  remotes: { office: { candidates: from-daemon, fail-after: 1, penalty: { base: 10m }, failback: { after: 10s } } }
  rules:   [ { id: failover, on: REMOTE, answer: { from: office } } ]
`,
  names: { "": "world", alone: "OpenVPN alone", ruled: "with Signalbox" },
  play,
  isWell: ({ connected, alone, ruled }) =>
    connected && alone !== undefined && ruled !== undefined && ruled < alone,
  closing: ({ alone = 0, ruled = 0 }) =>
    `The second outage: ${seconds(alone)} until OpenVPN alone was CONNECTED again, ${seconds(ruled)} with Signalbox, which is back on vpn1 now.`,
};

async function play(tell: (moment: Moment) => void, pass: (ms: number) => Promise<void>): Promise<Outcome> {
  const clock = new VirtualClock(START);
  const network = new Network();
  const conditions = ["up", "silent", "refused", "unknown", "up"] as const;
  for (const [i, condition] of conditions.entries())
    network.set(REMOTES[i]?.host ?? "", PORT, "udp", condition);
  const options = { clock, network, remotes: REMOTES, connectTimeout: 4_000, pingRestart: 6_000 };
  const alone = new ClientDaemon({ ...options, hold: false, queryRemote: false });
  const ruled = new ClientDaemon(options);
  const now = (): number => clock.now() - START;
  const watch = { alone: new Watch("alone", now, tell), ruled: new Watch("ruled", now, tell) };
  const engine = await demoEngine(RULEBOOK, new Map([["ruled", ruled]]), clock, (record) =>
    watch.ruled.record(record),
  );

  tell({ at: 0, who: "", text: "vpn1 and vpn5 are up, vpn2 is silent, vpn3 refuses, vpn4 has no address" });
  alone.start();
  listenTo(alone, watch.alone);
  ruled.start();
  engine.start();

  const story = [...STORY];
  for (const step = 100; now() < LENGTH;) {
    const due = story[0];
    if (due && due.at <= now()) {
      story.shift();
      tell({ at: now(), who: "", text: due.text });
      due.change(network, alone);
    }
    await clock.advanceAsync(step, settle);
    await pass(step);
  }
  await engine.stop();
  const connected = ruled.connected && watch.ruled.place === "vpn1.example.net";
  return { connected, alone: watch.alone.outage, ruled: watch.ruled.outage };
}

/** The client that is left to itself is only looked at. */
function listenTo(daemon: ClientDaemon, watch: Watch): void {
  const wire = daemon.slot.accept({
    text: (bytes) => {
      for (const line of bytes.split("\r\n")) {
        const notification = line.startsWith(">STATE:") ? parseNotification(line) : undefined;
        if (notification?.type === "STATE")
          watch.state(notification.name, notification.detail, daemon.cursor.current?.host);
      }
    },
    closed: () => undefined,
  });
  wire.write("state on\n");
}

/** What one client goes through, in words. */
class Watch {
  /** The remote that is connected. */
  place: string | undefined;
  /** How long the last outage was, from RECONNECTING to CONNECTED, ms. Moves by hand or by failback are none. */
  outage: number | undefined;
  readonly #who: "alone" | "ruled";
  readonly #now: () => number;
  readonly #tell: (moment: Moment) => void;
  #lostAt: number | undefined;
  #trying: string | undefined;
  /** Whether the present attempt is told. */
  #said = false;

  constructor(who: "alone" | "ruled", now: () => number, tell: (moment: Moment) => void) {
    this.#who = who;
    this.#now = now;
    this.#tell = tell;
  }

  state(name: string, detail: string, host: string | undefined): void {
    if (name === "WAIT" || name === "RESOLVE") this.#try(host);
    if (name === "CONNECTED") this.#connected(host);
    if (name === "RECONNECTING") this.#ended(detail);
  }

  /** The journal of the client that is led by rules. */
  record(record: JournalRecord): void {
    const event = record["event"] as { type: string; [field: string]: unknown } | undefined;
    if (record.kind === "action" && record["action"] === "failback")
      this.#say(`goes ${text(record["text"])}`);
    if (record.kind === "decision" && event?.type === "REMOTE") this.#decided(event, text(record["answer"]));
    if (event?.type === "STATE") this.state(text(event["name"]), text(event["detail"]), this.#trying);
    if (event?.type === "remote.penalized")
      this.#say(`${short(text(event["host"]))} is left out for 10 minutes`);
  }

  #decided(event: { [field: string]: unknown }, answer: string): void {
    const host = text(event["host"]);
    if (answer === "remote ACCEPT") this.#trying = host;
    else this.#say(`is asked about ${short(host)} and answers: ${answer}`);
  }

  #try(host: string | undefined): void {
    if (this.#said) return;
    this.#said = true;
    this.#say(`tries ${short(host)}`);
  }

  #connected(host: string | undefined): void {
    const took =
      this.#lostAt === undefined ? "" : ` after ${((this.#now() - this.#lostAt) / 1000).toFixed(1)} s`;
    if (this.#lostAt !== undefined) this.outage = this.#now() - this.#lostAt;
    this.#lostAt = undefined;
    this.place = host;
    this.#say(`CONNECTED to ${short(host)}${took}`);
  }

  #ended(reason: string): void {
    if (this.place !== undefined && !reason.startsWith("SIG")) this.#lostAt = this.#now();
    this.place = undefined;
    this.#said = false;
    this.#say(`RECONNECTING (${reason})`);
  }

  #say(what: string): void {
    this.#tell({ at: this.#now(), who: this.#who, text: what });
  }
}

function short(host: string | undefined): string {
  return (host ?? "").split(".")[0] ?? "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
