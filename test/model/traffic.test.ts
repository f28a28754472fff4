import fc from "fast-check";
import { expect, test } from "vitest";
import { Clients } from "../../src/model/clients.ts";
import { Environment } from "../../src/protocol/environment.ts";
import { VirtualClock } from "../../src/util/clock.ts";

const env = new Environment([["common_name", "ann"]]);

/** CIDs of one neighbourhood, of another one, and what no server counts up to. */
const cid = fc.constantFrom(0, 1, 63, 64, 5_000, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53);
const report = fc.record({ do: fc.constant("report" as const), cid, bytes: fc.nat(100_000) });
const change = fc.record({
  do: fc.constantFrom("connect" as const, "establish" as const, "disconnect" as const, "look" as const),
  cid,
});
const other = fc.constantFrom({ do: "restart" as const }, { do: "wait" as const });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: report },
    { weight: 3, arbitrary: change },
    { weight: 1, arbitrary: other },
  ),
  { maxLength: 60 },
);

function seen(clients: Clients): unknown[] {
  return [...clients.all()]
    .map((client) => ({
      ...{ cid: client.cid, in: client.bytes_in, out: client.bytes_out, idle: client.idle_for },
      ...{ live: client.live, name: client.common_name, sessions: client.sessions },
    }))
    .toSorted((one, another) => one.cid - another.cid);
}

test("traffic that waits to be put down is seen as if it had been put down at once", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const clock = new VirtualClock(0);
      const [waiting, atOnce] = [new Clients(() => clock.now()), new Clients(() => clock.now())];
      for (const step of all)
        if (step.do === "wait") clock.advance(60_000);
        else if (step.do === "restart") for (const clients of [waiting, atOnce]) clients.restart();
        else if (step.do === "report") {
          waiting.count(step.cid, step.bytes, 2 * step.bytes);
          atOnce.counted(step.cid, step.bytes, 2 * step.bytes);
        } else if (step.do === "look")
          expect(waiting.get(step.cid)?.bytes_in).toBe(atOnce.get(step.cid)?.bytes_in);
        else {
          const told = [waiting, atOnce].map((clients) =>
            clients.apply(
              step.do === "connect"
                ? { type: "CLIENT:CONNECT", cid: step.cid, kid: 1, env }
                : {
                    type: step.do === "establish" ? "CLIENT:ESTABLISHED" : "CLIENT:DISCONNECT",
                    cid: step.cid,
                    env,
                  },
            ),
          );
          expect(told[0]?.fields).toEqual(told[1]?.fields);
        }
      expect(seen(waiting)).toEqual(seen(atOnce));
    }),
  );
});

test("what is said of one that has ended is not put down to who comes by its CID", () => {
  const clients = new Clients(() => 0);
  clients.apply({ type: "CLIENT:DISCONNECT", cid: 64, env });
  clients.count(64, 5, 10);
  clients.apply({ type: "CLIENT:CONNECT", cid: 64, kid: 1, env });
  expect(clients.get(64)).toMatchObject({ live: false, bytes_in: 0 });
});

test("a client in hand shows what was told of it since, also when it has gone", () => {
  const clients = new Clients(() => 0);
  clients.count(7, 1_000, 2_000);
  const client = clients.get(7);
  clients.count(7, 1_500, 2_500);
  expect(client?.bytes_in).toBe(1_500);
  clients.count(7, 1_600, 2_600);
  clients.apply({ type: "CLIENT:DISCONNECT", cid: 7, env: new Environment() });
  clients.count(7, 9_000, 9_000);
  expect([client?.bytes_in, client?.bytes_out, clients.size]).toEqual([1_600, 2_600, 0]);
});

test("a report of more clients than wait at once is whole", () => {
  const clients = new Clients(() => 0);
  for (let i = 0; i < 5_000; i++) clients.count(i, i, i);
  for (let i = 0; i < 5_000; i++) clients.count(i, 2 * i, i);
  expect(clients.size).toBe(5_000);
  expect([...clients.all()].every((client) => client.bytes_in === 2 * client.cid)).toBe(true);
});

test("whoever invents clients makes the table no larger than a bound", () => {
  const clients = new Clients(() => 0);
  for (let i = 0; i < 140_000; i++) clients.count(i, i, i);
  expect(clients.size).toBe(2 ** 17);
  expect(clients.get(0)).toBeUndefined();
  expect(clients.get(139_999)?.bytes_in).toBe(139_999);
});
