import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import { connectTo } from "../../src/simulator/dial-out.ts";
import { Network } from "../../src/simulator/network.ts";
import { systemClock } from "../../src/util/clock.ts";
import { A } from "./support.ts";

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), "dial-out-"));
  directories.push(directory);
  return join(directory, "controller.sock");
}

function dialling(): ClientDaemon {
  const daemon = new ClientDaemon({
    clock: systemClock,
    network: new Network(),
    remotes: [A],
    dialsController: true,
  });
  daemon.start();
  return daemon;
}

test("A daemon that dials greets its controller, and ends when the controller leaves", async () => {
  const path = place();
  const daemon = dialling();
  const heard = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<undefined>();
  const server = net.createServer((socket) => {
    socket.once("data", (chunk) => {
      heard.resolve(String(chunk));
      socket.end();
    });
    socket.once("close", () => ended.resolve(undefined));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await connectTo(daemon, { path });
  expect(await heard.promise).toMatch(/^>INFO:OpenVPN/);
  await ended.promise;
  server.close();
  await expect.poll(() => daemon.exitCode).toBe(0);
});

test("A daemon that dials ends with status 0 when nobody listens", async () => {
  const daemon = dialling();
  expect(await connectTo(daemon, { path: place() })).toBeUndefined();
  expect(daemon.exitCode).toBe(0);
});
