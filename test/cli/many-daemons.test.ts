import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chanceOf } from "../../src/simulator/server/chance.ts";
import { ClientPeer } from "../../src/simulator/server/client-peer.ts";
import { ServerDaemon } from "../../src/simulator/server/server-daemon.ts";
import { listen } from "../../src/simulator/listener.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Folder, ROOT, Run, signalbox } from "./support.ts";

const rulebook = (folder: string): string => `version: 1
daemons:
  ${["good", "flood", "silent", "missing"].map((name) => `${name}: { management: "unix:${join(folder, name)}" }`).join("\n  ")}
quotas: { total: { subject: client.common_name, limit: 1TB, per: lifetime } }
rules: [{ id: welcome, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: allow }]
`;

/** Of a client that comes while all the rest is going on; usually some hundred ms. */
const PATIENCE = 3_000;

test("a daemon that floods, one that says nothing and one that is not there do not delay another one's clients", async () => {
  using folder = new Folder();
  const floods = await flooding(join(folder.path, "flood"));
  const silent = createServer(() => undefined).listen(join(folder.path, "silent"));
  const clock = systemClock;
  const server = new ServerDaemon({ clock, chance: chanceOf(Math.random), authUserPassOptional: true });
  server.start();
  const socket = await listen(server.slot, { path: join(folder.path, "good") });
  using engine = new Run(["run", folder.write("many.yaml", rulebook(folder.path)), "--state", folder.state]);
  try {
    await engine.says(/good +daemon.attached/);
    await engine.says(/flood +daemon.attached/);
    const before = await usedBy("flood", folder);
    const waits: number[] = [];
    for (const name of ["ann", "bob", "eve"]) {
      const started = performance.now();
      const peer = new ClientPeer({
        clock,
        random: Math.random,
        door: server,
        commonName: name,
        ip: "192.0.2.1",
      });
      peer.come();
      await engine.says(`client-auth-nt ${waits.length} `);
      waits.push(performance.now() - started);
      peer.stop();
    }
    expect(Math.max(...waits)).toBeLessThan(PATIENCE);
    // The flood went on meanwhile, and was charged.
    expect(await usedBy("flood", folder)).toBeGreaterThan(before + 1000);
  } finally {
    floods.kill("SIGKILL");
    silent.close();
    server.exit(0);
    socket.close();
  }
});

async function flooding(path: string): Promise<ChildProcess> {
  const flags = process.versions["bun"] ? ["--no-install"] : [];
  const child = spawn(process.execPath, [...flags, join(ROOT, "test/support/flood-daemon.ts"), path]);
  await once(child.stdout, "data");
  return child;
}

async function usedBy(subject: string, folder: Folder): Promise<number> {
  const { out } = await signalbox("quota", "list", "--json", "--state", folder.state);
  const accounts = JSON.parse(out) as { subject: string; used: number }[];
  return accounts.find((account) => account.subject === subject)?.used ?? 0;
}
