// The thin suite: the parts that lean on the runtime, run unmodified by Bun, Deno and Node >= 22.
//   bun test/runtimes/thin.ts · deno run -A test/runtimes/thin.ts · node test/runtimes/thin.ts
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { constants, createHash, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failoverDemo } from "../../src/cli/demo-failover.ts";
import { quotaDemo } from "../../src/cli/demo-quota.ts";
import { Connection, type Way } from "../../src/connection/connection.ts";
import type { LinkListener } from "../../src/connection/link.ts";
import { listen as awaitCallers } from "../../src/connection/listen.ts";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import { Journal, type JournalRecord } from "../../src/engine/journal.ts";
import { signWithFile } from "../../src/engine/signing/sign.ts";
import { runTest } from "../../src/engine/testing/run-test.ts";
import { loadPlugin } from "../../src/plugin/host.ts";
import { type Endpoint, endpointOf } from "../../src/protocol/address.ts";
import { Decoder } from "../../src/protocol/decoder.ts";
import { LineSplitter } from "../../src/protocol/lines.ts";
import { openLedger } from "../../src/quota/ledger-file.ts";
import { loadRulebooks } from "../../src/rules/load/load.ts";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import { listen } from "../../src/simulator/listener.ts";
import { Network } from "../../src/simulator/network.ts";
import type { Slot } from "../../src/simulator/slot.ts";
import { LockedError, lockStateDirectory } from "../../src/store/lock.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { systemClock, VirtualClock } from "../../src/util/clock.ts";
import { Redactor } from "../../src/util/secret.ts";
import { ulidFactory } from "../../src/util/ulid.ts";

const DEADLINE = 20_000;
const root = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "thin-"));
const cases: [string, () => void | Promise<void>][] = [];
const check = (name: string, run: () => void | Promise<void>): void => void cases.push([name, run]);

function load(...files: string[]): ReturnType<typeof loadRulebooks> {
  return loadRulebooks(files, { plugins: loadPlugin, actions: builtinCatalogue });
}

function write(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** The notifications and replies of a recording, in pieces of `size` characters. */
function decoded(bytes: string, size: number): string[] {
  const seen: string[] = [];
  const decoder = new Decoder({
    notification: (notification) => seen.push(JSON.stringify(notification)),
    reply: (line) => seen.push(line),
    oddity: (text) => seen.push(`odd: ${text}`),
  });
  const splitter = new LineSplitter(
    (line, start, end) => decoder.take(line, start, end),
    (text) => seen.push(`odd: ${text}`),
  );
  for (let i = 0; i < bytes.length; i += size) splitter.push(bytes.slice(i, i + size));
  return seen;
}

check("a recording reads the same whole and byte by byte", () => {
  const file = join(root, "test/transcripts/12-query-remote.jsonl");
  const chunks = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes('"S"'));
  const bytes = chunks
    .map((line) => Buffer.from((JSON.parse(line) as { b64: string }).b64, "base64").toString("utf8"))
    .join("");
  const whole = decoded(bytes, bytes.length);
  assert.ok(whole.length > 50);
  assert.deepEqual(decoded(bytes, 1), whole);
});

check("keys of files sign what OpenVPN asks for", async () => {
  const message = Buffer.from("the handshake");
  const digest = createHash("sha256").update(message).digest();
  const signature = async (key: KeyObject, data: Buffer, algorithm: string): Promise<Buffer> => {
    const path = write("a.key", key.export({ type: "pkcs8", format: "pem" }) as string);
    return Buffer.from(await signWithFile(path, data.toString("base64"), algorithm), "base64");
  };
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pss = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const padded = await signature(
    rsa.privateKey,
    digest,
    "RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest",
  );
  assert.ok(verify("sha256", message, pss, padded));
  const plain = await signature(rsa.privateKey, message, "RSA_PKCS1_PADDING,hashalg=SHA256,data=message");
  assert.ok(verify("sha256", message, rsa.publicKey, plain));
  for (const namedCurve of ["P-256", "P-384"]) {
    const ec = generateKeyPairSync("ec", { namedCurve });
    const long = createHash("sha384").update(message).digest();
    assert.ok(verify("sha384", message, ec.publicKey, await signature(ec.privateKey, long, "ECDSA")));
  }
  const edwards = generateKeyPairSync("ed25519");
  const given = await signature(edwards.privateKey, message, "ED25519,data=message");
  assert.ok(verify(null, message, edwards.publicKey, given));
});

check("the rulebooks that come with it load, and their tests pass", async () => {
  const names = readdirSync(join(root, "rules")).filter((name) => name.endsWith(".yaml"));
  assert.ok(names.length > 4);
  for (const name of names) {
    const { rulebook, problems } = await load(join(root, "rules", name));
    assert.deepEqual(problems, []);
    assert.ok(rulebook && rulebook.tests.length > 0);
    for (const test of rulebook.tests)
      assert.deepEqual(await runTest(rulebook, test, builtinCatalogue), [], test.name);
  }
});

check("mistakes are told at their places", async () => {
  const { problems } = await load(
    write("wrong.yaml", "version: 1\nrules:\n  - { id: a, on: REMOT, answer: accept }\n"),
  );
  assert.deepEqual(
    problems.map(({ position, message }) => [position.line, position.column, message.includes("'REMOTE'")]),
    [[3, 18, true]],
  );
});

check("a plugin from disk, with the engine's own zod", async () => {
  write(
    "half.ts",
    `import { z } from "zod";
import { definePlugin } from "signalbox/plugin";
export default definePlugin({
  name: "half",
  functions: { of: { params: ["number"], returns: "number", call: (n: number) => n / 2 } },
  actions: { tell: { params: z.object({ text: z.string() }), run: async (params: { text: string }, ctx: { log(text: string): void }) => ctx.log(params.text) } },
});
`,
  );
  const book = (more: string): string =>
    write(
      "plugin.yaml",
      `version: 1\nplugins: { half: ./half.ts }\nrules:\n  - { id: a, on: HOLD, answer: release, when: "half.of(event.wait) == 2", do: [ { half.tell: { text: ${more} } } ] }\n`,
    );
  assert.deepEqual((await load(book("hello"))).problems, []);
  const [problem] = (await load(book("[1]"))).problems;
  assert.match(problem?.message ?? "", /text|string/i);
  assert.equal(problem?.position.line, 4);
});

check("state survives, and one engine has it", () => {
  const path = join(directory, "state");
  const first = openStore(path);
  first.put("table", "key", { n: 1 });
  first.close();
  const again = openStore(path);
  assert.deepEqual(again.get("table", "key"), { n: 1 });
  again.close();
  const lock = lockStateDirectory(path);
  assert.throws(() => lockStateDirectory(path), LockedError);
  lock.release();
  lockStateDirectory(path).release();
});

/** As OpenVPN does it with --management-client. */
function dialOut(slot: Slot, address: Endpoint): void {
  const socket = net.connect(
    address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port },
  );
  socket.setEncoding("latin1");
  const wire = slot.accept({
    text: (bytes) => void socket.write(bytes, "latin1"),
    closed: () => socket.end(),
  });
  socket.on("data", (chunk) => wire.write(String(chunk)));
  socket.on("close", () => wire.close());
}

async function awaited(kind: "unix" | "tcp", path: string): Promise<[undefined, Way]> {
  const at: Endpoint = kind === "unix" ? { kind, path } : { kind, host: "127.0.0.1", port: 0 };
  const listening = await awaitCallers(at);
  if (kind === "unix") {
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await assert.rejects(awaitCallers(at), { message: `Cannot listen on unix:${path}: it is in use` });
  }
  return [undefined, { listening }];
}

async function served(slot: Slot, kind: "unix" | "tcp", path: string): Promise<[net.Server, Way]> {
  const server = await listen(slot, kind === "unix" ? { path } : { host: "127.0.0.1", port: 0 });
  const bound = server.address();
  const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
  return [server, { address: kind === "unix" ? { kind, path } : { kind, host: "127.0.0.1", port } }];
}

for (const [kind, dials] of [
  ["unix", false],
  ["tcp", false],
  ["unix", true],
  ["tcp", true],
] as const)
  check(`the engine leads a client ${dials ? "that dials it " : ""}over ${kind} to CONNECTED`, async () => {
    const network = new Network();
    network.set("127.0.0.1", 2, "tcp", "up");
    const remotes = [1, 2].map((port) => ({ host: "127.0.0.1", port, proto: "tcp-client" }));
    const daemon = new ClientDaemon({ clock: systemClock, network, remotes, password: "let me in" });
    const path = join(directory, "management.sock");
    const [server, way] = dials ? await awaited(kind, path) : await served(daemon.slot, kind, path);
    const { rulebook } = await load(
      write(
        "lead.yaml",
        "version: 1\nremotes: { lab: { candidates: from-daemon, fail-after: 1 } }\nrules: [ { id: lead, on: REMOTE, answer: { from: lab } } ]\n",
      ),
    );
    assert.ok(rulebook);
    const password = write("password", "let me in\n");
    const { readSecretFile } = await import("../../src/engine/secrets.ts");
    const secret = readSecretFile(password, "the password");
    daemon.start();
    const failed: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("not connected in time")), DEADLINE);
      const see = (record: JournalRecord): void => {
        const event = record["event"] as { type: string; name?: string; port?: number } | undefined;
        if (event?.type === "remote.failed") failed.push(event.port);
        if (event?.type !== "STATE" || event.name !== "CONNECTED") return;
        clearTimeout(timer);
        void engine.stop().then(resolve);
      };
      const engine = new Engine({
        rulebook: { ...rulebook, daemons: [{ name: "lab", management: "" }] },
        clock: systemClock,
        store: memoryStore(),
        random: Math.random,
        journal: new Journal({
          soon: (work) => work(),
          now: Date.now,
          id: ulidFactory(Date.now, Math.random),
          redactor: new Redactor(),
          sinks: [see],
        }),
        actions: builtinCatalogue,
        link: () =>
          new Connection({
            ...way,
            clock: systemClock,
            random: Math.random,
            password: () => secret,
          }),
      });
      engine.start();
      if ("listening" in way) dialOut(daemon.slot, endpointOf(way.listening.address));
    });
    assert.deepEqual(failed, [1]);
    daemon.exit(0, "SIGTERM");
    await new Promise<unknown>((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    assert.equal(existsSync(path), false);
  });

check("a socket that is not there: one line that says why", async () => {
  const reason = await new Promise<string>((resolve) => {
    const listener: LinkListener = {
      attached: () => undefined,
      blocked: () => undefined,
      notification: () => undefined,
      oddity: () => undefined,
      lost: (text) => connection.stop(() => resolve(text)),
    };
    const path = join(directory, "none.sock");
    const connection = new Connection({
      address: { kind: "unix", path },
      clock: systemClock,
      random: Math.random,
    });
    connection.start(listener);
  });
  assert.match(reason, /^Cannot connect to unix:.*none\.sock: no such file$/);
});

check("the demo ends CONNECTED, sooner than OpenVPN alone", async () => {
  const outcome = await failoverDemo.play(
    () => undefined,
    () => Promise.resolve(),
  );
  assert.ok(outcome.connected && (outcome.ruled ?? Infinity) < (outcome.alone ?? 0));
});

check("the demo of quotas charges to the byte", async () => {
  const outcome = await quotaDemo.play(
    () => undefined,
    () => Promise.resolve(),
  );
  assert.ok(quotaDemo.isWell(outcome), JSON.stringify(outcome));
});

check("a ledger in a file is read as it was written", () => {
  const directory = mkdtempSync(join(tmpdir(), "ledger-"));
  const account = { quota: "q", daemon: "", subject: "ann", period: 0, closed: 2 ** 50 + 1, granted: 0 };
  const saved = {
    ...account,
    slices: [[1, 2]] as const,
    limit: 5,
    exempt: false,
    told: [["80%", 7, true]] as const,
  };
  const first = openLedger(directory);
  first.write({ accounts: [saved] });
  first.close();
  const second = openLedger(directory);
  assert.deepEqual(second.read().accounts, [saved]);
  second.close();
  rmSync(directory, { recursive: true });
});

check("the command line: check, and an unknown verb", () => {
  const deno = "Deno" in globalThis;
  const program = [...(deno ? ["run", "-A"] : []), join(root, "src/main.ts")];
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...program, ...args], { encoding: "utf8", timeout: DEADLINE });
  const good = run("check", join(root, "rules/failover.yaml"));
  assert.equal(good.status, 0, good.stderr);
  const wrong = run("chekc");
  assert.equal(wrong.status, 2);
  assert.equal(wrong.stderr, "signalbox: Unknown verb 'chekc'; did you mean 'check'? (--help shows how)\n");
});

check("virtual time stands still until it is moved", () => {
  const clock = new VirtualClock(0);
  let fired = 0;
  clock.after(5, () => fired++);
  clock.advance(4);
  assert.equal(fired, 0);
  clock.advance(1);
  assert.equal(fired, 1);
});

let failed = 0;
for (const [name, run] of cases)
  try {
    await run();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
rmSync(directory, { recursive: true, force: true });
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
