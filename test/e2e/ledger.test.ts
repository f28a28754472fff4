import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { type Engine, Lab, pause, type Process, until } from "../support/lab.ts";
import { PayloadLab } from "../support/payload.ts";

let lab: Lab;
afterEach(() => lab.close());

const PORT = 28500;
const CLIENTS = 20;
const SESSIONS = 200;

const RULES = `version: 1
quotas:
  total: { subject: client.common_name, limit: 1TB, per: lifetime }
  month: { subject: client.common_name, limit: 1TB, per: month, tz: UTC, counts: in }
rules: [{ id: welcome, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: allow }]
`;

interface Account {
  readonly quota: string;
  readonly subject: string;
  readonly used: number;
  readonly sessions: number;
}

/** What OpenVPN itself says of each session that has ended, by a script of its own. */
class Totals {
  readonly script: string;
  readonly #file: string;

  constructor() {
    this.script = lab.path("disconnect.sh");
    this.#file = lab.path("totals");
    writeFileSync(this.#file, "");
    writeFileSync(
      this.script,
      `#!/bin/sh\necho "$common_name $bytes_received $bytes_sent $time_unix" >>${this.#file}\n`,
    );
    chmodSync(this.script, 0o755);
  }

  get sessions(): string[][] {
    return readFileSync(this.#file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "));
  }

  /** Bytes of each name. */
  by(count: (bytesIn: number, bytesOut: number) => number): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [name = "", bytesIn, bytesOut] of this.sessions)
      sums[name] = (sums[name] ?? 0) + count(Number(bytesIn), Number(bytesOut));
    return sums;
  }
}

test(`the ledger's totals are OpenVPN's own to the byte: ${SESSIONS} sessions of ${CLIENTS} clients, with reconnects, kills, doubled names, SIGHUP and SIGUSR1 of the server, restarts and kill -9 of the engine`, async () => {
  lab = Lab.create();
  const payload = await PayloadLab.create(lab);
  const totals = new Totals();
  const socket = lab.path("server.sock");
  const server = await lab.server({
    ...{ port: PORT, proto: "udp", address: PayloadLab.ADDRESS, management: socket },
    extra: [
      ...["--management-client-auth", "--auth-user-pass-optional", "--script-security", "2"],
      ...["--client-disconnect", totals.script, "--max-clients", "100", "--persist-tun", "--persist-key"],
    ],
  });
  const rules = lab.path("rules.yaml");
  writeFileSync(rules, RULES);
  const run = (): Engine => lab.engine([rules, "--management", `unix:${socket}`]);
  let engine = run();
  await engine.sees("daemon.attached");

  const remote = `${PayloadLab.ADDRESS} ${PORT} udp`;
  const extra = ["--explicit-exit-notify", "1", "--connect-retry", "1", "1"];
  const heavy = [
    await payload.client({ name: "heavy0", remotes: [remote], extra }),
    await payload.client({ name: "heavy1", remotes: [remote], extra }),
  ];
  // Every name is borne by two.
  const light = Array.from({ length: CLIENTS - heavy.length }, (_, i) =>
    lab.client({ name: `light${i >> 1}`, remotes: [remote], asks: false, extra }),
  );
  const clients: Process[] = [...heavy.map(({ process }) => process), ...light];
  const flows = heavy.map((client) => client.send({ direction: "both", rate: 300_000 }));

  const accounts = async (): Promise<Account[]> =>
    JSON.parse(await lab.verb("quota", "list", "--json", "--state", lab.path("state"))) as Account[];
  /** Until so many sessions have ended, and all clients are back. */
  const settled = async (ended: number): Promise<void> => {
    await until(`${ended} sessions to end`, 40_000, () =>
      totals.sessions.length >= ended ? true : undefined,
    );
    for (const deadline = Date.now() + 40_000; ;) {
      const live = (await accounts()).filter(({ quota }) => quota === "total");
      if (live.reduce((sum, { sessions }) => sum + sessions, 0) === CLIENTS) return;
      if (Date.now() > deadline) throw new Error(`Not all are back: ${JSON.stringify(live)}`);
      await pause(100);
    }
  };
  await settled(0);
  let ended = 0;
  const round = async (work: () => unknown): Promise<void> => {
    await work();
    ended += CLIENTS;
    await settled(ended);
  };
  const reconnect = (): void => clients.forEach(({ child }) => child.kill("SIGUSR1"));
  const again = async (signal: NodeJS.Signals): Promise<void> => {
    await engine.process.stop(signal);
    await pause(500);
    engine = run();
    await engine.sees("daemon.attached");
  };
  const killAll = async (): Promise<void> => {
    const status = JSON.parse(await lab.verb("status", "--json", "--state", lab.path("state"))) as {
      daemons: { clients: { cid: number }[] }[];
    };
    for (const { cid } of status.daemons[0]?.clients ?? [])
      await lab.verb("send", `unix:${socket}`, "client-kill", String(cid), "--state", lab.path("state"));
  };

  await round(reconnect);
  await again("SIGTERM");
  await round(reconnect);
  await round(killAll);
  await again("SIGKILL");
  await round(() => server.child.kill("SIGUSR1"));
  await round(reconnect);
  await again("SIGKILL");
  await round(() => server.child.kill("SIGHUP"));
  await again("SIGTERM");
  while (ended < SESSIONS - CLIENTS) await round(reconnect);

  for (const flow of flows) flow.stop();
  await Promise.all(clients.map((client) => client.stop()));
  await until("the last sessions to end", 40_000, () =>
    totals.sessions.length >= SESSIONS ? true : undefined,
  );
  await until("the engine to have seen them", 10_000, () =>
    engine.events("CLIENT:DISCONNECT").length >= CLIENTS ? true : undefined,
  );
  await engine.process.stop();

  const kept = await accounts();
  const usedOf = (name: string): Record<string, number> =>
    Object.fromEntries(
      kept.filter(({ quota }) => quota === name).map(({ subject, used }) => [subject, used]),
    );
  expect(totals.sessions.length).toBeGreaterThanOrEqual(SESSIONS);
  expect(usedOf("total")).toEqual(totals.by((bytesIn, bytesOut) => bytesIn + bytesOut));
  expect(usedOf("month")).toEqual(totals.by((bytesIn) => bytesIn));
  // What flowed through the tunnel was really counted.
  expect(usedOf("total")["heavy0"]).toBeGreaterThan(5_000_000);
  expect(kept.every(({ sessions }) => sessions === 0)).toBe(true);
});
