import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Engine, Lab, pause, type Process, until } from "../support/lab.ts";
import { PASSWORD } from "../support/guard.ts";

const BUN = process.env["BUN"] ?? "bun";
const GUARD = join(import.meta.dirname, "../support/guard.ts");
const KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/** What a login must never leave anywhere. */
const CANARIES = [PASSWORD, "canary-wrong-password", KEY, "canary-passphrase"];

let port = 28_600;

/** A server whose logins are judged by a program, and a client that asks for everything. */
class Scene {
  readonly lab = Lab.create();
  readonly port = port++;
  readonly #log = this.lab.path("guard.log");
  server: Engine | undefined;

  /** `mode`: of test/support/guard.ts. */
  async open(mode: string, ...extra: string[]): Promise<void> {
    writeFileSync(this.#log, "");
    const socket = this.lab.path("server.sock");
    await this.lab.server({
      ...{ port: this.port, proto: "tcp", management: socket },
      extra: ["--management-client-auth", "--username-as-common-name", ...extra],
    });
    const argv = JSON.stringify([BUN, "--no-install", GUARD, mode, this.#log, KEY]);
    const rules = this.write(
      "server.yaml",
      `version: 1
defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }
rules:
  - { id: guard, on: [CLIENT:CONNECT, CLIENT:CR_RESPONSE], answer: { exec: ${argv}, timeout: 10s, else: deny } }
`,
    );
    this.server = new Engine(
      this.lab.run("server-engine", [
        ...["run", "--state", this.lab.path("server-state"), "--log", "json", rules],
        ...["--management", `unix:${socket}`],
      ]),
    );
    await this.server.sees("daemon.attached");
  }

  write(name: string, text: string): string {
    const path = this.lab.path(name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  client(...extra: string[]): Process & { management: string } {
    return this.lab.client({
      remotes: [`127.0.0.1 ${this.port} tcp-client`],
      asks: false,
      extra: [
        ...["--auth-user-pass", "--management-query-passwords", "--management-hold", "--auth-nocache"],
        ...["--connect-retry", "1", "1", ...extra],
      ],
    });
  }

  rules(answer: string, more = ""): string {
    this.write("pass", `${PASSWORD}\n`);
    this.write("wrong", "canary-wrong-password\n");
    this.write("totp", `${KEY}\n`);
    this.write("other", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n");
    return this.write(
      "client.yaml",
      `version: 1
secrets:
  pass: { file: ./pass }
  wrong: { file: ./wrong }
  printed: { exec: [cat, "${this.lab.path("pass")}"], cache: 1m, timeout: 5s }
  code: { totp: { file: ./totp } }
  bad_code: { totp: { file: ./other } }
rules:
  - { id: login, on: PASSWORD:NEED, where: { realm: Auth }, answer: ${answer} }
  - { id: refused, on: PASSWORD:FAILED, do: [{ notify: "refused: \${event.reason}" }] }
${more}`,
    );
  }

  engine(rules: string, client: { management: string }): Engine {
    return this.lab.engine([rules, "--management", `unix:${client.management}`]);
  }

  /** What the server was told. */
  get told(): string[] {
    return readFileSync(this.#log, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  }
}

let scene: Scene;
afterEach(() => scene.lab.close());

function noCanary(scene: Scene, ...texts: string[]): void {
  const files = execFileSync(
    "find",
    [scene.lab.path("state"), scene.lab.path("server-state"), "-type", "f"],
    { encoding: "utf8" },
  );
  const all = [
    ...texts,
    ...files
      .trim()
      .split("\n")
      .map((file) => readFileSync(file, "latin1")),
  ];
  for (const text of all) for (const canary of CANARIES) expect(text).not.toContain(canary);
}

const ACCOUNT = "username: alice, password: { secret: pass }";

describe("logins of the real OpenVPN", () => {
  test.each([
    ["plain", `{ credentials: { ${ACCOUNT} } }`, []],
    ["plain", `{ credentials: { username: alice, password: { secret: printed } } }`, []],
    [
      "static",
      `{ credentials: { ${ACCOUNT}, otp: { secret: code } } }`,
      ["--static-challenge", "Your code", "1"],
    ],
    ["dynamic", `{ credentials: { ${ACCOUNT}, otp: { secret: code } } }`, []],
  ])("%s: %s", async (mode, answer, extra) => {
    scene = new Scene();
    await scene.open(mode);
    const client = scene.client(...extra);
    const engine = scene.engine(scene.rules(answer), client);
    await engine.sees("STATE", { name: "CONNECTED" }, { within: 60_000 });
    expect(scene.told).toEqual(["password right", ...(mode === "plain" ? [] : ["code right"])]);
    noCanary(scene, engine.process.output, client.output);
  });

  test("CR_TEXT is answered by cr-response", async () => {
    scene = new Scene();
    await scene.open("crtext");
    const client = scene.client("--setenv", "IV_SSO", "crtext", "--push-peer-info");
    const answer = `{ credentials: { ${ACCOUNT} } }`;
    const respond = `  - { id: respond, on: INFOMSG, where: { text: { starts: "CR_TEXT:" } }, do: [{ cr-response: { secret: code } }] }\n`;
    const engine = scene.engine(scene.rules(answer, respond), client);
    await engine.sees("STATE", { name: "CONNECTED" }, { within: 60_000 });
    expect(scene.told).toEqual(["password right", "code right"]);
    noCanary(scene, engine.process.output, client.output);
  });

  test("a wrong password is told the budget's times, then the question stays open and it is said", async () => {
    scene = new Scene();
    await scene.open("plain");
    const client = scene.client();
    const answer = `{ credentials: { username: alice, password: { secret: wrong } }, budget: 2 }`;
    const rules = scene.rules(answer);
    let engine = scene.engine(rules, client);
    await until("the budget to be spent", 60_000, () =>
      /Auth was refused 2 times in a row, and the budget is 2/.test(engine.process.output) ? true : undefined,
    );
    expect(scene.told).toEqual(["password wrong", "password wrong"]);
    // Also by an engine that begins anew.
    await engine.process.stop("SIGKILL");
    engine = scene.engine(rules, client);
    await engine.sees("daemon.attached");
    await pause(3_000);
    expect(scene.told).toHaveLength(2);
    expect(client.code).toBeUndefined();
    noCanary(scene, engine.process.output, client.output);
  });

  test("a wrong code is told twice, and no third time", async () => {
    scene = new Scene();
    await scene.open("dynamic");
    const client = scene.client();
    const answer = `{ credentials: { ${ACCOUNT}, otp: { secret: bad_code } }, budget: 2 }`;
    const engine = scene.engine(scene.rules(answer), client);
    await until("the budget to be spent", 120_000, () =>
      /the budget is 2/.test(engine.process.output) ? true : undefined,
    );
    await pause(2_000);
    expect(scene.told.filter((line) => line === "code wrong")).toHaveLength(2);
  });

  test("an engine killed with -9 between the challenge and its answer: the next one logs in", async () => {
    scene = new Scene();
    await scene.open("dynamic");
    const client = scene.client();
    // Nobody answers the challenge at first.
    const first = scene.rules(`{ credentials: { ${ACCOUNT} } }`);
    let engine = scene.engine(first, client);
    await engine.sees("PASSWORD:FAILED", { reason: "CRV1" }, { within: 60_000 });
    await engine.process.stop("SIGKILL");
    engine = scene.engine(scene.rules(`{ credentials: { ${ACCOUNT}, otp: { secret: code } } }`), client);
    await engine.sees("STATE", { name: "CONNECTED" }, { within: 60_000 });
    expect(scene.told.at(-1)).toBe("code right");
    noCanary(scene, engine.process.output, client.output);
  });

  test("the passphrase of a private key", async () => {
    scene = new Scene();
    await scene.open("plain");
    const { cert, key } = scene.lab.newClient("ec");
    const locked = scene.lab.path("locked.key");
    execFileSync("openssl", [
      "pkey",
      "-in",
      key,
      "-aes256",
      "-passout",
      "pass:canary-passphrase",
      "-out",
      locked,
    ]);
    const client = scene.lab.client({
      remotes: [`127.0.0.1 ${scene.port} tcp-client`],
      asks: false,
      identity: ["--cert", cert, "--key", locked],
      extra: ["--auth-user-pass", "--management-query-passwords", "--management-hold"],
    });
    scene.write("phrase", "canary-passphrase\n");
    const rules = scene.rules(
      `{ credentials: { ${ACCOUNT} } }`,
      `  - { id: key, on: PASSWORD:NEED, where: { realm: Private Key }, answer: { credentials: { password: { secret: phrase } } } }\n`,
    );
    writeFileSync(
      rules,
      readFileSync(rules, "utf8").replace("secrets:\n", "secrets:\n  phrase: { file: ./phrase }\n"),
    );
    const engine = scene.engine(rules, client);
    await engine.sees("STATE", { name: "CONNECTED" }, { within: 60_000 });
    noCanary(scene, engine.process.output, client.output);
  });
});
