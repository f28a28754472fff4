import net from "node:net";
import { expect, test } from "vitest";
import plugin from "./index.ts";

const candidate = (host: string, latency?: number, port = 1194, proto = "udp") => ({
  host,
  port,
  proto,
  tier: 1,
  weight: 1,
  labels: {},
  latency,
});

const order = (...latencies: (number | undefined)[]): string[] =>
  plugin.orders.banded
    .order(
      latencies.map((latency, i) => candidate(String(i), latency)),
      { config: { band: 20 } },
    )
    .map(({ host }) => host);

test("a lower band comes first", () => {
  expect(order(95, 45, 12)).toEqual(["2", "1", "0"]);
});

test("within a band the rulebook's order stays", () => {
  expect(order(19, 1, 10)).toEqual(["0", "1", "2"]);
});

test("candidates without a measurement come last", () => {
  expect(order(undefined, 500, undefined, 3)).toEqual(["3", "1", "0", "2"]);
});

test("the probe measures a server and fails for a closed port", async () => {
  const server = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const { probe } = plugin.probes.tcp;
  const context = { signal: AbortSignal.timeout(1000), config: undefined };
  const ms = await probe({ samples: 3 }, candidate("127.0.0.1", undefined, port, "tcp"), context);
  expect(ms).toBeGreaterThan(0);
  expect(ms).toBeLessThan(1000);
  await new Promise((resolve) => server.close(resolve));
  await expect(
    probe({ samples: 1 }, candidate("127.0.0.1", undefined, port, "tcp"), context),
  ).rejects.toThrow("ECONNREFUSED");
});

test("a udp candidate needs a port", async () => {
  const context = { signal: AbortSignal.timeout(1000), config: undefined };
  await expect(plugin.probes.tcp.probe({ samples: 1 }, candidate("127.0.0.1"), context)).rejects.toThrow(
    "give port:",
  );
});
