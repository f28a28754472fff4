// The library as others get it: `npm pack`, unpacked into a project of its own, and the examples of the README and of docs/library.md
// run as they stand, on the runtime that runs this.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScenario } from "../../src/simulator/scenario/load.ts";
import { Play } from "../../src/simulator/scenario/play.ts";
import { serveAt } from "../../src/simulator/sockets.ts";
import { systemClock } from "../../src/util/clock.ts";

const DEADLINE = 20_000;
const ALICE = "username: alice, password: correct horse";

/** What the examples meet. */
const WORLDS: Readonly<Record<string, string>> = {
  server: `daemon: { mode: server, client-auth: false }\nclients: { alice: { ${ALICE}, at: 50ms } }\n`,
  // Who asks before there is a manager is not heard of.
  "asking server": `daemon: { mode: server }\nclients: { alice: { ${ALICE}, at: 2s } }\n`,
  client:
    "daemon: { mode: client, remotes: [vpn1.example.net 1194 udp] }\nnetwork: { vpn1.example.net:1194/udp: up }\n",
};

interface Example {
  readonly page: string;
  readonly code: string;
  readonly world: string;
  readonly prints: string;
}

const root = join(import.meta.dirname, "../..");

function examples(): Example[] {
  const read = (page: string): string => readFileSync(join(root, page), "utf8");
  const [, readme = ""] = /^## As a library$[^]*?^```ts\n([^]*?)^```$/m.exec(read("README.md")) ?? [];
  const pattern = /^<!-- against: (.*); prints: (.*) -->\n+```ts\n([^]*?)^```$/gm;
  return [
    { page: "README.md", code: readme, world: "server", prints: "alice connects from " },
    ...[...read("docs/library.md").matchAll(pattern)].map(([, world = "", prints = "", code = ""]) => ({
      ...{ page: "docs/library.md", code, world, prints },
    })),
  ];
}

/** A project with the package and what it needs, as npm installs them. */
function project(directory: string): void {
  const modules = join(directory, "node_modules");
  mkdirSync(join(modules, "signalbox"), { recursive: true });
  const packed = execFileSync(
    "npm",
    ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  execFileSync("tar", [
    "xzf",
    join(directory, packed.trim()),
    "--strip-components=1",
    "-C",
    join(modules, "signalbox"),
  ]);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  writeFileSync(
    join(directory, "package.json"),
    JSON.stringify({ type: "module", dependencies: { signalbox: "*" } }),
  );
  writeFileSync(join(directory, "deno.json"), JSON.stringify({ nodeModulesDir: "manual" }));
}

/** Runs an example until it has printed what it should; resolves with all that it printed. */
async function run(directory: string, example: Example): Promise<string> {
  const socket = join(directory, "management.sock");
  const code = example.code.replace(/unix:\/run\/openvpn\/\w+\.sock/, `unix:${socket}`);
  assert.notEqual(code, example.code, "it names a socket");
  const file = join(directory, "example.ts");
  writeFileSync(file, code);
  const loaded = loadScenario(WORLDS[example.world] ?? "");
  assert.ok("scenario" in loaded, example.world);
  const play = new Play(
    loaded.scenario,
    systemClock,
    () => undefined,
    () => undefined,
  );
  const server = await serveAt(play.daemon.slot, { kind: "unix", path: socket });
  play.start();
  // The first client is there before the example, in the example that asks who is.
  await new Promise((resolve) => setTimeout(resolve, example.prints.includes("1 client") ? 1_500 : 0));
  const flags = "Deno" in globalThis ? ["run", "-A", "--quiet"] : [];
  const child = spawn(process.execPath, [...flags, file], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Not printed in time: ${output}`)), DEADLINE);
      const ended = (): void => {
        clearTimeout(timer);
        if (output.includes(example.prints)) resolve(output);
        else reject(new Error(`It ended: ${output}`));
      };
      const hear = (chunk: unknown): void => {
        output += String(chunk);
        if (output.includes(example.prints)) ended();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("close", ended);
    });
  } finally {
    child.kill("SIGKILL");
    play.stop("");
    server.close();
  }
}

const directory = mkdtempSync(join(tmpdir(), "library-"));
let failed = 0;
const all = examples();
try {
  project(directory);
  for (const [i, example] of all.entries())
    try {
      await run(directory, example);
      console.log(`ok   ${example.page}: example ${i + 1}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${example.page}: example ${i + 1}\n${(error as Error).message}`);
    }
  if (all.length < 5) failed++;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${all.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
