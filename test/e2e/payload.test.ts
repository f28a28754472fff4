import { afterEach, expect, test } from "vitest";
import { Lab, pause, until } from "../support/lab.ts";
import { PayloadLab, type Transfer, type Ways } from "../support/payload.ts";
import { Raw } from "../support/raw.ts";

let lab: Lab;
afterEach(() => lab.close());

const MB = 1_000_000;
const UP = /Initialization Sequence Completed/;

/** A server that lets in all, with a connection to its management. */
async function site(port: number, proto: "udp" | "tcp"): Promise<{ raw: Raw; payload: PayloadLab }> {
  lab = Lab.create();
  const payload = await PayloadLab.create(lab);
  const management = lab.path("server.sock");
  await lab.server({
    port,
    proto,
    address: PayloadLab.ADDRESS,
    management,
    extra: ["--management-client-auth", "--auth-user-pass-optional"],
  });
  const raw = await Raw.connect(management);
  raw.hears((line) => {
    const asked = /^>CLIENT:CONNECT,(\d+),(\d+)/.exec(line);
    if (asked) raw.write(`client-auth-nt ${asked[1]} ${asked[2]}\n`);
  });
  return { raw, payload };
}

/** The row of a client in `status 3`. */
async function row(raw: Raw, name: string): Promise<{ real: string; in: number; out: number; cid: number }> {
  const rows = (await raw.ask("status 3\n")).map((line) => line.split("\t"));
  const titles = rows.find(([kind, of]) => kind === "HEADER" && of === "CLIENT_LIST")?.slice(2) ?? [];
  const own = rows.find(([kind, of]) => kind === "CLIENT_LIST" && of === name)?.slice(1) ?? [];
  const field = (title: string): string => own[titles.indexOf(title)] ?? "";
  return {
    real: field("Real Address"),
    in: Number(field("Bytes Received")),
    out: Number(field("Bytes Sent")),
    cid: Number(field("Client ID")),
  };
}

/** What a client's DISCONNECT tells. */
async function disconnect(raw: Raw, cid: number): Promise<{ in: number; out: number }> {
  const first = await raw.sees(new RegExp(`^>CLIENT:DISCONNECT,${cid}$`));
  const from = raw.lines.indexOf(first);
  await raw.sees(/^>CLIENT:ENV,END$/, from);
  const field = (name: string): number => {
    const line = raw.lines.slice(from).find((one) => one.startsWith(`>CLIENT:ENV,${name}=`));
    return Number(line?.split("=")[1]);
  };
  return { in: field("bytes_received"), out: field("bytes_sent") };
}

const PROTOCOLS = [
  ["udp", 28300],
  ["tcp", 28310],
] as const;

const remote = (proto: "udp" | "tcp", port: number): string =>
  `${PayloadLab.ADDRESS} ${port} ${proto === "tcp" ? "tcp-client" : "udp"}`;

test.each(PROTOCOLS)("payload both ways over %s is what OpenVPN counts", async (proto, port) => {
  const { raw, payload } = await site(port, proto);
  const ann = await payload.client({
    name: "ann",
    login: { username: "ann", password: "canary-Pw-ann" },
    remotes: [remote(proto, port)],
  });
  await ann.process.says(UP);
  const began = Date.now();
  const { up, down } = await ann.send({ direction: "both", rate: 5 * MB, bytes: 5 * MB }).done;
  expect(Date.now() - began).toBeLessThan(3000);
  expect(Math.min(up, down)).toBeGreaterThanOrEqual(5 * MB);

  const live = await row(raw, "ann");
  expect(live.real).toMatch(new RegExp(`^${ann.address}:\\d+$`));
  raw.write(`kill ${live.real}\n`);
  const end = await disconnect(raw, live.cid);
  for (const [passed, ...counts] of [
    [up, live.in, end.in],
    [down, live.out, end.out],
  ] as const)
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(passed);
      expect(count).toBeLessThanOrEqual(1.2 * passed);
    }
});

test.each(PROTOCOLS)(
  "client-kill over %s: who obeys stops at once, who does not has some seconds of grace; both come back",
  async (proto, port) => {
    const { raw, payload } = await site(port, proto);
    const remotes = [remote(proto, port)];
    const [ann, bob] = await Promise.all([
      payload.client({ name: "ann", remotes }),
      payload.client({ name: "bob", remotes, obeys: false }),
    ]);
    const both = [ann, bob];
    await Promise.all(both.map(({ process }) => process.says(UP)));
    const [anns, bobs] = [ann, bob].map((client) => client.send({ direction: "both", rate: MB }));
    if (!anns || !bobs) throw new Error("unreachable");
    await passing(anns);
    await passing(bobs);

    const cids = { ann: (await row(raw, "ann")).cid, bob: (await row(raw, "bob")).cid };
    const before = bobs.received;
    const killed = Date.now();
    raw.write(`client-kill ${cids.ann}\nclient-kill ${cids.bob}\n`);
    await pause(600);
    for (const last of Object.values(anns.last)) expect(last - killed).toBeLessThan(500);

    await disconnect(raw, cids.bob);
    await pause(100);
    for (const way of ["up", "down"] as const) {
      expect(bobs.last[way] - killed).toBeGreaterThan(4000);
      expect(bobs.last[way] - killed).toBeLessThan(6500);
      expect(bobs.received[way] - before[way]).toBeGreaterThan(3 * MB);
    }

    await Promise.all(both.map(({ process }) => process.says(UP, { times: 2 })));
    await passing(anns);
    await passing(bobs);
    expect(ann.process.output).toContain("Connection reset command was pushed by server");
    expect(bob.process.output).not.toContain("pushed by server");
  },
);

/** Resolves when half a megabyte more has passed each way. */
async function passing(transfer: Transfer): Promise<void> {
  const { up, down } = transfer.received;
  const more = (now: Ways): boolean => Math.min(now.up - up, now.down - down) >= MB / 2;
  await until("payload to pass", 10_000, () => more(transfer.received) || undefined);
}
