// How long an outage lasts, from RECONNECTING to CONNECTED: two real OpenVPN clients with the same configuration lose the same
// server at the same moment, one led by rules/failover.yaml, one left to itself. Five bad remotes stand between the servers, which are
// over udp, OpenVPN's default, or tcp. Run by bench/failover [udp|tcp].
import { existsSync } from "node:fs";
import net from "node:net";
import { Lab, until } from "../test/support/lab.ts";
import { table, verdict } from "./report.ts";

const ROUNDS = 3;
const WANTED = 0.15;
const PORT = 27000;
const PATIENCE = 90_000;

/** What a client says of its state, with the time it arrived here. */
interface Moment {
  readonly at: number;
  readonly name: string;
  readonly port: number;
}

const proto = process.argv[2] === "tcp" ? "tcp" : "udp";
const wire = proto === "tcp" ? "tcp-client" : "udp";
const lab = Lab.create();
try {
  await lab.silentTcp(PORT + 3);
  await lab.blackHole(PORT + 4);
  const remotes = [
    `127.0.0.1 ${PORT} ${wire}`,
    ...[
      `127.0.0.1 ${PORT + 1} tcp-client`,
      `127.0.0.1 ${PORT + 2} tcp-client`,
      `127.0.0.1 ${PORT + 3} tcp-client`,
    ],
    ...[`127.0.0.1 ${PORT + 4} udp`, `127.0.0.1 ${PORT + 5} udp`],
    `127.0.0.1 ${PORT + 6} ${wire}`,
  ];
  // The first server is down at first: so the bad ones are met, and known.
  await lab.server({ port: PORT + 6, proto });
  const led = lab.client({ remotes });
  const engine = lab.engine([
    "rules/failover.yaml",
    ...["--set", "probe_every=1s", "--set", "return_after=1s", "--set", "penalty=1h"],
    ...["--management", `unix:${led.management}`],
  ]);
  const ruled = (): Moment[] =>
    engine.events("STATE").map(({ at, event }) => ({
      at: Date.parse(at),
      name: String(event?.["name"]),
      port: Number(event?.["remote_port"]),
    }));
  await connected("the led client", ruled, PORT + 6, 0);

  let lone: ReturnType<Lab["client"]> | undefined;
  let states: Moment[] = [];
  const rows: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const since = Date.now();
    const server = await lab.server({ port: PORT, proto });
    // The led client comes back by itself; the other one stays where it is until it is restarted by hand.
    await connected("the led client", ruled, PORT, since);
    if (lone) lone.child.kill("SIGHUP");
    else {
      lone = lab.client({ remotes, asks: false });
      states = await watched(lone.management);
    }
    await connected("the lone client", () => states, PORT, since);
    const cut = Date.now();
    await server.stop("SIGKILL");
    const times = await Promise.all([
      outage("the led client", ruled, cut),
      outage("the lone client", () => states, cut),
    ]);
    rows.push(times);
    console.error(
      `round ${round + 1}: ${times.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(" with Signalbox, ")} alone`,
    );
  }
  const [mine = 0, theirs = 0] = [0, 1].map((column) => median(rows.map((row) => row[column] ?? 0)));
  const text = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  console.log(
    table(
      [`RECONNECTING to CONNECTED, ${proto}`, "median", "all"],
      [
        ["with Signalbox", text(mine), rows.map((row) => text(row[0] ?? 0)).join(" ")],
        ["OpenVPN alone", text(theirs), rows.map((row) => text(row[1] ?? 0)).join(" ")],
      ],
    ),
  );
  verdict(mine / theirs, WANTED, "at-most");
} finally {
  await lab.close();
}

/** Collects the states that a client tells on its management interface. */
async function watched(path: string): Promise<Moment[]> {
  const moments: Moment[] = [];
  await until(path, 5_000, () => existsSync(path) || undefined);
  const socket = net.connect({ path });
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    const lines = (rest + String(chunk)).split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, name = "", , , , port = ""] = /^(?:>STATE:)?\d+,/.test(line) ? line.split(",") : [];
      if (name !== "") moments.push({ at: Date.now(), name, port: Number(port) });
    }
  });
  socket.write("state on all\n");
  return moments;
}

function connected(
  who: string,
  states: () => readonly Moment[],
  port: number,
  since: number,
): Promise<Moment> {
  return until(`${who} on ${port}`, PATIENCE, () =>
    states().find((state) => state.name === "CONNECTED" && state.port === port && state.at >= since),
  );
}

/** ms from the first RECONNECTING to the next CONNECTED. */
async function outage(who: string, states: () => readonly Moment[], since: number): Promise<number> {
  const lost = await until(`${who} to notice`, PATIENCE, () =>
    states().find((state) => state.name === "RECONNECTING" && state.at >= since),
  );
  const back = await connected(who, states, PORT + 6, lost.at);
  return back.at - lost.at;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
