import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { between, type Engine, Lab, type Line, until } from "../support/lab.ts";
import { type PayloadClient, PayloadLab, type Transfer, type Ways } from "../support/payload.ts";

type Proto = "udp" | "tcp";

const MB = 1_000_000;
/** Bytes of payload a second, in each direction. */
const RATE = 5 * MB;
/** What OpenVPN counts of a datagram, by its payload: headers and a tag come to it. */
const COUNTED: Readonly<Record<Proto, number>> = { udp: 1252 / 1200, tcp: 1254 / 1200 };
/** Seconds of traffic that may come through beyond the limit: a report is late, then the client is told, or cut. */
const OBEDIENT = 1.5 + 0.1;
const DEAF = 1.5 + 0.4;
/** The limit was reached: what OpenVPN counts besides payload is some kB. */
const NOTHING = -0.01;

const UP = /Initialization Sequence Completed/;
const KILLED = /Connection reset command was pushed by server \('Your traffic of this month is used up'\)/;
const LEVELS = ["quota.warned 80%", "quota.warned 95%", "quota.exceeded 100%"];

/** Labs run side by side, but those that measure have the machine to themselves. */
let turn: Promise<unknown> = Promise.resolve();
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}

/** A test with a lab of its own. */
function inLab(work: (lab: Lab) => Promise<void>): () => Promise<void> {
  return async () => {
    const lab = Lab.create();
    try {
      await work(lab);
    } finally {
      await lab.close();
    }
  };
}

interface Server {
  readonly name: string;
  readonly port: number;
  readonly proto: Proto;
}

/** An account as `quota --json` has it. */
interface Account {
  readonly used: number;
  readonly resets_at: number | null;
}

interface Site {
  readonly engine: Engine;
  /** Ann, who is up and sends and gets payload through this server until the test ends. */
  readonly ann: (server: Server, rate: number, obeys?: boolean) => Promise<Flow>;
  /** `signalbox quota …`, with one account as the answer. */
  readonly quota: (...args: string[]) => Promise<Account>;
}

/** A session of hers after another. */
interface Flow {
  readonly server: Server;
  readonly client: PayloadClient;
  readonly transfer: Transfer;
  readonly obeys: boolean;
}

/** Servers that are led by one engine. `asks`: they ask about their clients. */
async function site(
  lab: Lab,
  servers: readonly Server[],
  rules: readonly string[],
  { asks = true } = {},
): Promise<Site> {
  const payload = await PayloadLab.create(lab);
  const socket = (name: string): string => lab.path(`${name}.sock`);
  await Promise.all(
    servers.map(async ({ name, port, proto }) =>
      lab.server({
        ...{ port, proto, address: PayloadLab.ADDRESS, management: socket(name) },
        extra: asks ? ["--management-client-auth", "--auth-user-pass-optional"] : [],
      }),
    ),
  );
  const daemons = servers.map(({ name }) => `  ${name}: { management: "unix:${socket(name)}" }\n`);
  writeFileSync(lab.path("daemons.yaml"), `version: 1\ndaemons:\n${daemons.join("")}`);
  const engine = lab.engine([lab.path("daemons.yaml"), ...rules]);
  await engine.sees("daemon.attached", {}, { times: servers.length });
  return {
    engine,
    ann: async (server, rate, obeys = true) => {
      const { port, proto } = server;
      const remotes = [`${PayloadLab.ADDRESS} ${port} ${proto === "tcp" ? "tcp-client" : "udp"}`];
      const client = await payload.client({ name: "ann", remotes, obeys });
      await client.process.says(UP);
      const transfer = client.send({ direction: "both", rate });
      await passes(transfer);
      return { server, client, transfer, obeys };
    },
    quota: async (...args) => {
      const answer = await lab.verb("quota", ...args, "--json", "--state", lab.path("state"));
      const [account, ...more] = JSON.parse(answer) as Account[];
      if (!account || more.length > 0) throw new Error(`One account was expected: ${answer}`);
      return account;
    },
  };
}

/**
 * The rulebook that is shipped, but for how long a denied client waits: ten minutes are too long here. The ends of sessions are in
 * the journal.
 */
function shipped(lab: Lab, limit: string): string[] {
  const text = readFileSync("rules/quota.yaml", "utf8");
  const quick = text.replace("temporary: { backoff: 600s", "temporary: { backoff: 2s");
  expect(quick).not.toBe(text);
  writeFileSync(lab.path("quota.yaml"), quick);
  writeFileSync(
    lab.path("ends.yaml"),
    "version: 1\nrules: [ { id: ends, on: CLIENT:DISCONNECT, do: [ { notify: ended } ] } ]\n",
  );
  return [lab.path("quota.yaml"), lab.path("ends.yaml"), "--set", `limit=${limit}`];
}

/** What a client says that is denied by it. */
const denied = (limit: string): RegExp =>
  new RegExp(
    `AUTH_FAILED,TEMP\\[backoff 2,advance no\\]:Your ${limit} of this month are used up\\. They begin anew on \\d{4}-\\d\\d-01 00:00:00 UTC`,
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const total = ({ up, down }: Ways): number => up + down;
const received = (flows: readonly Flow[]): number =>
  sum(flows.map(({ transfer }) => total(transfer.received)));
/** As OpenVPN counts it. */
const counted = ({ transfer, server }: Flow): number => total(transfer.received) * COUNTED[server.proto];
const last = (flows: readonly Flow[]): number =>
  Math.max(...flows.flatMap(({ transfer }) => [transfer.last.up, transfer.last.down]));

/** Resolves when this much more has passed, each way. */
async function passes(transfer: Transfer, bytes = MB / 2): Promise<void> {
  const { up, down } = transfer.received;
  const more = (now: Ways): boolean => Math.min(now.up - up, now.down - down) >= bytes;
  await until("payload to pass", 20_000, () => more(transfer.received) || undefined);
}

interface End {
  readonly in: number;
  readonly out: number;
}

/** What OpenVPN counted of the sessions of a server that have ended. */
const ends = (engine: Engine, { name }: Server): End[] =>
  engine
    .events("CLIENT:DISCONNECT", { established: true })
    .filter(({ daemon }) => daemon === name)
    .map(({ event }) => ({ in: Number(event?.["bytes_in"]), out: Number(event?.["bytes_out"]) }));

/** The same in all. */
const ended = (engine: Engine, ...servers: Server[]): number =>
  sum(servers.flatMap((server) => ends(engine, server)).map((end) => end.in + end.out));

/** What came through in the session that was cut, as OpenVPN counts it: not what it sends over UDP to who has left meanwhile. */
async function through(engine: Engine, { server, transfer, obeys }: Flow): Promise<number> {
  const end = await until(
    "the end of the session",
    5000,
    () => ends(engine, server)[0],
    () => engine.process.output,
  );
  const { proto } = server;
  return end.in + (obeys && proto === "udp" ? transfer.received.down * COUNTED[proto] : end.out);
}

interface Cut {
  readonly exceeded: Line;
  /** Seconds of traffic that came through beyond the limit, as OpenVPN counts it. */
  readonly overshoot: number;
  /** From when the engine said so to the last payload, ms. */
  readonly lasted: number;
  /** Payload that came through in all. */
  readonly received: number;
}

/** Payload flows until the account is spent. `asks`: the ends of sessions are told, so that what is lost behind the tunnel counts too. */
async function spend(engine: Engine, flows: readonly Flow[], limit: number, asks = true): Promise<Cut> {
  const began = { at: Date.now(), bytes: sum(flows.map(counted)) };
  const exceeded = await engine.sees("quota.exceeded", { subject: "ann" });
  await until("payload to stop", 5000, () => Date.now() - last(flows) > 400 || undefined);
  const came = sum(
    await Promise.all(flows.map(async (flow) => (asks ? through(engine, flow) : counted(flow)))),
  );
  const rate = ((came - began.bytes) / (last(flows) - began.at)) * 1000;
  const lasted = last(flows) - Date.parse(exceeded.at);
  const overshoot = (came - limit) / rate;
  return { exceeded, overshoot, lasted, received: received(flows) };
}

/** What was told of accounts, in order. */
const told = (engine: Engine): string[] =>
  engine
    .journal()
    .flatMap(({ event }) =>
      event?.type.startsWith("quota.") ? [`${event.type} ${String(event["level"])}`] : [],
    );

/** Nothing went wrong in the engine. */
function sound(engine: Engine): void {
  expect(engine.events("action.failed")).toEqual([]);
  expect(engine.journal().filter(({ kind }) => kind === "error")).toEqual([]);
}

describe.concurrent("on real OpenVPN", () => {
  // First: it waits for a minute, while others work.
  test(
    "time alone lets an account in again",
    inLab(async (lab) => {
      const rules = lab.path("rules.yaml");
      writeFileSync(
        rules,
        `version: 1
quotas: { minute: { subject: client.common_name, limit: 8MB, per: { last: 60s }, warn-at: [50%] } }
defaults: { CLIENT:CONNECT: allow, CLIENT:REAUTH: allow }
rules:
  - id: spent
    on: CLIENT:CONNECT
    when: quota("minute").exceeded
    answer: { deny: { reason: spent, client-reason: Wait a minute, temporary: { backoff: 2s, advance: no } } }
  - { id: warned, on: [quota.warned, quota.reset], do: [ { notify: "\${event.type}" } ] }
  - { id: cut, on: quota.exceeded, do: [ { client-kill: { restart: { text: spent }, hard: true } } ] }
`,
      );
      const server: Server = { name: "office", port: 28400, proto: "udp" };
      const { engine, flow, quota, exceeded, began } = await alone(async () => {
        const { ann, ...rest } = await site(lab, [server], [rules]);
        const started = Date.now();
        const one = await ann(server, RATE);
        const { exceeded: line } = await spend(rest.engine, [one], 8 * MB);
        one.transfer.stop();
        return { ...rest, flow: one, exceeded: line, began: started };
      });
      const { process } = flow.client;
      await process.says(/AUTH_FAILED,TEMP\[backoff 2,advance no\]:Wait a minute/, { times: 3 });
      const { resets_at } = await quota("show", "ann");
      const reset = await engine.sees("quota.reset", { subject: "ann" }, { within: 75_000 });
      // What is counted leaves the window by slices of a second.
      expect(between(exceeded, reset)).toBeLessThan(62_500);
      expect(Date.parse(reset.at)).toBeGreaterThan(began + 60_000);
      expect(Math.abs(Date.parse(reset.at) - Number(resets_at))).toBeLessThan(500);
      await process.says(UP, { times: 2 });
      await passes(flow.client.send({ direction: "both", rate: MB, bytes: MB }), MB);
      expect(told(engine)).toEqual(["quota.warned 50%", "quota.exceeded 100%", "quota.reset 100%"]);
      sound(engine);
    }),
  );

  for (const { port, proto, obeys, limit, lift } of [
    { port: 28410, proto: "udp", obeys: true, limit: 60, lift: ["reset", "ann"] },
    { port: 28411, proto: "tcp", obeys: true, limit: 60, lift: ["reset", "ann"] },
    { port: 28412, proto: "udp", obeys: false, limit: 20, lift: ["reset", "ann"] },
    { port: 28413, proto: "tcp", obeys: false, limit: 20, lift: ["grant", "ann", "500MB"] },
  ] as const)
    test(
      `${proto}: warned at each level, cut at the limit, kept out and told why, then in again by itself; it ${obeys ? "obeys" : "is deaf"}`,
      inLab(async (lab) => {
        const server: Server = { name: "office", port, proto };
        const { engine, quota, flow, cut } = await alone(async () => {
          const { ann, ...rest } = await site(lab, [server], shipped(lab, `${limit}MB`));
          const one = await ann(server, RATE, obeys);
          return { ...rest, flow: one, cut: await spend(rest.engine, [one], limit * MB) };
        });
        expect(cut.overshoot).toBeGreaterThan(NOTHING);
        expect(cut.overshoot).toBeLessThan(obeys ? OBEDIENT : DEAF);
        expect(told(engine)).toEqual(LEVELS);

        // It knocks, is told why, and knocks again.
        const { process } = flow.client;
        await process.says(denied(`${limit}MB`), { times: 2 });
        if (obeys) expect(process.output).toMatch(KILLED);
        else {
          expect(process.output).not.toMatch(KILLED);
          // So it was cut, not told.
          expect(cut.lasted).toBeGreaterThan(250);
        }
        expect(received([flow])).toBe(cut.received);
        expect(await quota("show", "ann")).toMatchObject({
          used: ended(engine, server),
          limit: limit * MB,
          exceeded: true,
          sessions: 0,
        });

        await quota(...lift);
        await engine.sees("quota.reset", { subject: "ann" });
        await process.says(UP, { times: 2 });
        await passes(flow.transfer, MB);
        expect(told(engine)).toEqual([...LEVELS, "quota.reset 100%"]);
        expect(await quota("show", "ann")).toMatchObject({ exceeded: false, sessions: 1 });
        sound(engine);
      }),
    );

  for (const [proto, port] of [
    ["udp", 28420],
    ["tcp", 28421],
  ] as const)
    test(
      `${proto}, a server that does not ask about its clients: who comes back is sent away at once and told why, until the reset`,
      inLab(async (lab) => {
        const server: Server = { name: "office", port, proto };
        const limit = 20;
        const { engine, quota, flow, cut } = await alone(async () => {
          const { ann, ...rest } = await site(lab, [server], shipped(lab, `${limit}MB`), { asks: false });
          const one = await ann(server, RATE);
          return { ...rest, flow: one, cut: await spend(rest.engine, [one], limit * MB, false) };
        });
        expect(cut.overshoot).toBeLessThan(OBEDIENT);
        expect(told(engine)).toEqual(LEVELS);

        await flow.client.process.says(KILLED, { times: 4 });
        const kills = (): Line[] =>
          engine
            .journal()
            .filter((line) => line.kind === "command" && String(line["command"]).startsWith("client-kill"));
        await engine.sees("CLIENT:ESTABLISHED", {}, { times: 4 });
        for (const back of engine.events("CLIENT:ESTABLISHED").slice(1, 4)) {
          const of = `client-kill ${String(back.event?.["cid"])} `;
          const kill = await until(of, 5000, () =>
            kills().find(({ command }) => String(command).startsWith(of)),
          );
          expect(between(back, kill)).toBeLessThan(1000);
        }
        // What passes each time is less than what comes before one report.
        expect(received([flow]) - cut.received).toBeLessThan(3 * 2 * RATE);

        await quota("reset", "ann");
        const before = kills().length;
        await passes(flow.transfer, 2 * MB);
        expect(kills()).toHaveLength(before);
        expect(told(engine)).toEqual([...LEVELS, "quota.reset 100%"]);
        sound(engine);
      }),
    );

  test(
    "two servers share an account: what goes through both adds up, both cut it and keep it out, both let it in again",
    inLab(async (lab) => {
      const servers: Server[] = [
        { name: "near", port: 28430, proto: "udp" },
        { name: "far", port: 28431, proto: "tcp" },
      ];
      const limit = 40;
      const { engine, quota, flows, cut } = await alone(async () => {
        const { ann, ...rest } = await site(lab, servers, shipped(lab, `${limit}MB`));
        const both = await Promise.all(servers.map(async (server) => ann(server, RATE / 2)));
        return { ...rest, flows: both, cut: await spend(rest.engine, both, limit * MB) };
      });
      expect(cut.overshoot).toBeGreaterThan(NOTHING);
      expect(cut.overshoot).toBeLessThan(OBEDIENT);
      expect(told(engine)).toEqual(LEVELS);
      for (const server of servers) {
        expect(ends(engine, server)).toHaveLength(1);
        const used = ended(engine, server);
        expect(used).toBeGreaterThan(0.1 * limit * MB);
        expect(used).toBeLessThan(0.9 * limit * MB);
      }

      for (const { client } of flows) {
        await client.process.says(denied(`${limit}MB`), { times: 2 });
        expect(client.process.output).toMatch(KILLED);
      }
      expect(received(flows)).toBe(cut.received);
      expect(await quota("show", "ann")).toMatchObject({
        used: ended(engine, ...servers),
        exceeded: true,
        sessions: 0,
      });

      await quota("reset", "ann");
      for (const { client, transfer } of flows) {
        await client.process.says(UP, { times: 2 });
        await passes(transfer, MB);
      }
      expect(told(engine)).toEqual([...LEVELS, "quota.reset 100%"]);
      expect(await quota("show", "ann")).toMatchObject({ exceeded: false, sessions: 2 });
      sound(engine);
    }),
  );
});
