import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import { Network } from "../../src/simulator/network.ts";
import { attach } from "../../src/simulator/sockets.ts";
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
  await attach(daemon.slot, { kind: "unix", path });
  expect(await heard.promise).toMatch(/^>INFO:OpenVPN/);
  await ended.promise;
  server.close();
  await expect.poll(() => daemon.exitCode).toBe(0);
});

test("A daemon that dials says what is in the way when nobody listens", async () => {
  const path = place();
  await expect(attach(dialling().slot, { kind: "unix", path })).rejects.toThrow(
    `Cannot connect to unix:${path}: ENOENT`,
  );
});
