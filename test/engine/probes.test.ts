import dgram from "node:dgram";
import { expect, test } from "vitest";
import { probeOpenvpn } from "../../src/engine/probes/openvpn.ts";

/** No resolver takes a label of this length: the name fails at once, without a network. */
const NOWHERE = `${"x".repeat(64)}.invalid`;

test.each(["udp", "tcp"])("a name that does not resolve is a probe that failed, over %s", async (proto) => {
  const probe = probeOpenvpn({ host: NOWHERE, port: 1194, proto }, new AbortController().signal);
  await expect(probe).rejects.toThrow(/^E/);
});

test.each(["udp", "tcp"])(
  "a name that is still looked up when its time is over harms nobody, over %s",
  async (proto) => {
    const abort = new AbortController();
    const probe = probeOpenvpn({ host: NOWHERE, port: 1194, proto }, abort.signal);
    abort.abort();
    await expect(probe).rejects.toThrow("no answer in time");
  },
);

test("a server's answer to the first packet of the handshake passes", async () => {
  const server = dgram.createSocket("udp4");
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  server.on("message", (packet, { port, address }) => {
    expect(packet[0]).toBe(7 << 3);
    server.send(Buffer.from([8 << 3, ...Buffer.alloc(25)]), port, address);
  });
  const place = { host: "127.0.0.1", port: server.address().port, proto: "udp" };
  await expect(probeOpenvpn(place, new AbortController().signal)).resolves.toBeGreaterThan(0);
  server.close();
});
