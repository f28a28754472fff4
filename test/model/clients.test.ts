import { expect, test } from "vitest";
import { Clients } from "../../src/model/clients.ts";
import { Environment } from "../../src/protocol/environment.ts";
import { VirtualClock } from "../../src/util/clock.ts";

const MINUTE = 60_000;

function table(): { clock: VirtualClock; clients: Clients } {
  const clock = new VirtualClock(0);
  return { clock, clients: new Clients(() => clock.now()) };
}

const env = (pairs: Readonly<Record<string, string>>): Environment => new Environment(Object.entries(pairs));

function joins(clients: Clients, cid: number, name: string): void {
  clients.apply({ type: "CLIENT:CONNECT", cid, kid: 1, env: env({ common_name: name }) });
  clients.apply({ type: "CLIENT:ESTABLISHED", cid, env: env({}) });
}

const leaves = (clients: Clients, cid: number, pairs: Readonly<Record<string, string>> = {}) =>
  clients.apply({ type: "CLIENT:DISCONNECT", cid, env: env(pairs) });

test("live sessions of a name are counted once each, whatever ends them and in whatever order it is told", () => {
  const { clients } = table();
  for (const cid of [0, 1, 2]) joins(clients, cid, "ann");
  const [first, second] = [clients.get(0), clients.get(1)];
  expect(clients.live("ann")).toBe(3);
  expect(first?.sessions).toBe(2);
  if (first) clients.ending(first);
  if (first) clients.ending(first);
  expect([clients.live("ann"), first?.sessions, second?.sessions]).toEqual([2, 2, 1]);
  leaves(clients, 0);
  leaves(clients, 1);
  // Said of one that has gone.
  if (second) clients.ending(second);
  expect(clients.live("ann")).toBe(1);
  leaves(clients, 2);
  expect(clients.live("ann")).toBe(0);
});

test("a name that becomes another one with the tunnel is counted as the other", () => {
  const { clients } = table();
  clients.apply({ type: "CLIENT:CONNECT", cid: 0, kid: 1, env: env({ common_name: "ann" }) });
  clients.apply({ type: "CLIENT:ESTABLISHED", cid: 0, env: env({ common_name: "bob" }) });
  expect([clients.live("ann"), clients.live("bob")]).toEqual([0, 1]);
});

/** On a server that names sessions by the username, with one certificate for all. */
function logsIn(clients: Clients, cid: number, username: string, kind = "CONNECT"): number | undefined {
  const type = kind === "CONNECT" ? "CLIENT:CONNECT" : "CLIENT:REAUTH";
  clients.apply({ type, cid, kid: 1, env: env({ common_name: "shared", username }) });
  return clients.get(cid)?.sessions;
}

test("with username-as-common-name a renewal, which tells the certificate's name, leaves the session its own", () => {
  const { clients } = table();
  logsIn(clients, 0, "ann");
  clients.apply({ type: "CLIENT:ESTABLISHED", cid: 0, env: env({ common_name: "ann", username: "ann" }) });
  logsIn(clients, 0, "ann", "REAUTH");
  expect(clients.get(0)?.common_name).toBe("ann");
  expect(clients.live("ann")).toBe(1);
});

test("with username-as-common-name sessions are those of the username, from the first login on", () => {
  const { clients } = table();
  const comesIn = (cid: number, name: string): unknown =>
    clients.apply({ type: "CLIENT:ESTABLISHED", cid, env: env({ common_name: name, username: name }) });
  const admit = (cid: number): void => {
    const client = clients.get(cid);
    if (client) clients.admit(client, true);
  };
  expect(logsIn(clients, 0, "ann")).toBe(0);
  admit(0);
  // Nobody knows the way of the server yet: neither does bob stand in ann's way, nor does ann come in twice.
  expect(logsIn(clients, 1, "bob")).toBe(0);
  admit(1);
  expect(logsIn(clients, 2, "ann")).toBe(1);
  comesIn(0, "ann");
  expect([logsIn(clients, 3, "ann"), logsIn(clients, 4, "bob"), logsIn(clients, 5, "eve")]).toEqual([
    1, 1, 0,
  ]);
  leaves(clients, 0);
  leaves(clients, 1);
  expect([logsIn(clients, 6, "ann"), logsIn(clients, 7, "bob")]).toEqual([0, 0]);
});

test("where the certificate names the session, another username is no way around", () => {
  const { clients } = table();
  logsIn(clients, 0, "ann");
  clients.apply({ type: "CLIENT:ESTABLISHED", cid: 0, env: env({ common_name: "shared", username: "ann" }) });
  expect(logsIn(clients, 1, "bob")).toBe(1);
});

test("after a restart of the engine the list tells whose sessions there are", () => {
  const { clients } = table();
  const row = {
    cid: 0,
    commonName: "ann",
    username: "ann",
    address: "192.0.2.1",
    virtualAddress: "10.8.0.2",
  };
  clients.reconcile([{ ...row, bytesIn: 0, bytesOut: 0, connectedSince: 0 }]);
  expect([logsIn(clients, 1, "ann"), logsIn(clients, 2, "bob")]).toEqual([1, 0]);
});

test("the totals of a DISCONNECT are those of its block; without them, the last that were told", () => {
  const { clock, clients } = table();
  joins(clients, 0, "ann");
  clients.counted(0, 1000, 2000);
  const full = { bytes_received: "1500", bytes_sent: "2600", time_duration: "90" };
  expect(leaves(clients, 0, full)?.fields).toMatchObject({
    ...{ bytes_in: 1500, bytes_out: 2600, duration: 90_000, established: true },
  });
  joins(clients, 1, "ann");
  clients.counted(1, 10, 20);
  clock.advance(5 * MINUTE);
  expect(leaves(clients, 1)?.fields).toMatchObject({
    ...{ bytes_in: 10, bytes_out: 20, duration: 5 * MINUTE, established: true },
  });
});

test("a client that only came and went before its end was told is told with what its block says", () => {
  const { clients } = table();
  const told = leaves(clients, 7, {
    bytes_received: "5",
    bytes_sent: "6",
    time_duration: "1",
    common_name: "x",
  });
  expect(told?.fields).toMatchObject({ cid: 7, bytes_in: 5, bytes_out: 6, established: true });
});

test("pings and renewed keys are no sign of life, anything more is", () => {
  const { clock, clients } = table();
  joins(clients, 0, "ann");
  let sent = 0;
  // A ping of 40 bytes in ten seconds, and 8 kB of renewed keys in an hour.
  for (let minute = 1; minute <= 120; minute++) {
    clock.advance(MINUTE);
    sent += 240 + (minute % 60 === 0 ? 8_000 : 0);
    clients.counted(0, sent, 0);
  }
  expect(clients.get(0)?.idle_for).toBe(120 * MINUTE);
  clock.advance(MINUTE);
  clients.counted(0, sent + 500_000, 0);
  expect(clients.get(0)?.idle_for).toBe(0);
});

test("a restart ends everybody; a key of before it names nobody, though the CID is there again", () => {
  const { clients } = table();
  joins(clients, 0, "ann");
  const key = { epoch: clients.epoch, cid: 0 };
  expect(clients.find(key)?.common_name).toBe("ann");
  expect(clients.restart()).toHaveLength(1);
  joins(clients, 0, "bob");
  expect(clients.find(key)).toBeUndefined();
  expect(clients.recall(key)).toBeUndefined();
  expect(clients.find({ epoch: clients.epoch, cid: 0 })?.common_name).toBe("bob");
  expect(clients.live("ann")).toBe(0);
});

test("the list of a server is the truth: who is not in it has gone, who is new has come, what is counted goes on", () => {
  const { clients } = table();
  joins(clients, 0, "ann");
  joins(clients, 1, "bob");
  clients.counted(1, 100, 100);
  const row = { username: "UNDEF", address: "192.0.2.1", virtualAddress: "10.8.0.2", connectedSince: 1 };
  const { gone, found } = clients.reconcile([
    { ...row, cid: 1, commonName: "bob", bytesIn: 150, bytesOut: 120 },
    { ...row, cid: 2, commonName: "cyd", bytesIn: 7, bytesOut: 8 },
  ]);
  expect(gone.map(({ cid }) => cid)).toEqual([0]);
  expect(found.map(({ cid, common_name }) => [cid, common_name])).toEqual([[2, "cyd"]]);
  expect(clients.counted(1, 160, 120)?.fields).toMatchObject({ delta_in: 10, delta_out: 0 });
  expect(clients.counted(2, 9, 8)?.fields).toMatchObject({ delta_in: 2, delta_out: 0 });
  expect(clients.established().map(({ cid }) => cid)).toEqual([1, 2]);
  // Late words about one that has gone concern nobody.
  expect(clients.counted(0, 5, 5)).toBeUndefined();
});

test("counters that go back add nothing", () => {
  const { clients } = table();
  joins(clients, 0, "ann");
  clients.counted(0, 1000, 1000);
  expect(clients.counted(0, 10, 2000)?.fields).toMatchObject({ delta_in: 0, delta_out: 1000, bytes_in: 10 });
});

test("the end of one that the list does not have any more may be told after it, and once", () => {
  const { clients } = table();
  joins(clients, 0, "ann");
  expect(clients.reconcile([]).gone).toHaveLength(1);
  const totals = { bytes_received: "7", bytes_sent: "5", time_duration: "3" };
  expect(leaves(clients, 0, totals)).toMatchObject({
    type: "CLIENT:DISCONNECT",
    fields: { bytes_in: 7, bytes_out: 5 },
  });
  expect(leaves(clients, 0, totals)).toBeUndefined();
});
