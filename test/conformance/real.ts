import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Lab, pause, PKI, type Process, until } from "../support/lab.ts";
import { issue } from "../support/pki.ts";
import { Raw } from "../support/raw.ts";
import {
  type Client,
  type ClientSetup,
  type Daemon,
  type Guest,
  type GuestSetup,
  Link,
  type Server,
  type ServerSetup,
  type Subject,
  type Verdict,
} from "./subject.ts";

/** Each server of this run has a port, a device and a network of its own. */
let port = 28_300;
const SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so";
const ABORTED = 134;

/** Real OpenVPN in the namespaces that test/e2e/run makes. */
export class RealSubject implements Subject {
  readonly links: Link[] = [];
  readonly #lab = Lab.create();
  #management = 0;
  #keys = { key: "", certificate: "" };

  async client(setup: ClientSetup = {}): Promise<Client> {
    const lab = this.#lab;
    const { proto = "udp", meets = "silent", verdicts, auth } = setup;
    const upstream = meets === "up" ? await this.#upstream(proto, verdicts) : undefined;
    const remote = upstream?.port ?? (meets === "silent" ? await this.#silence(proto) : 1);
    const management = this.#socket();
    const process = lab.client({
      remotes: [`127.0.0.1 ${remote} ${proto === "udp" ? "udp" : "tcp-client"}`],
      ...{ asks: false, management, tun: true, ...this.#identity(setup) },
      extra: [
        ...(setup.hold === true ? ["--management-hold"] : []),
        ...(setup.queryRemote === true ? ["--management-query-remote"] : []),
        ...(setup.queryProxy === true ? ["--management-query-proxy"] : []),
        ...(setup.upDown === true ? ["--management-up-down"] : []),
        ...(setup.signalsOnDisconnect === true ? ["--management-signal"] : []),
        ...(setup.authRetry === undefined ? [] : ["--auth-retry", setup.authRetry]),
        ...(auth ? ["--auth-user-pass"] : []),
        ...(auth?.challenge
          ? ["--static-challenge", auth.challenge.text, auth.challenge.echo ? "1" : "0"]
          : []),
        ...(auth || setup.keyPassword !== undefined || setup.pkcs11 ? ["--management-query-passwords"] : []),
        ...(setup.echo === undefined ? [] : ["--echo", setup.echo]),
        ...(setup.password === undefined ? [] : this.#managementPassword(management, setup.password)),
      ],
    });
    return {
      ...this.#daemon(process, management),
      ...this.#keys,
      sentAway: async (message) => {
        await upstream?.judge?.ask(`client-kill 0 "${message}"\n`);
      },
    };
  }

  async server({ hold = false, clientAuth = true, password }: ServerSetup = {}): Promise<Server> {
    const management = this.#socket();
    const own = ++port;
    const process = await this.#lab.server({
      ...{ port: own, proto: "udp" },
      ...(password === undefined ? { management } : {}),
      ...(hold ? { ready: /Need hold release/ } : {}),
      extra: [
        ...(hold ? ["--management-hold"] : []),
        ...(clientAuth ? ["--management-client-auth", "--auth-user-pass-optional"] : []),
        ...(password === undefined ? [] : this.#managementPassword(management, password)),
      ],
    });
    return { ...this.#daemon(process, management), come: async (setup) => this.#guest(own, setup) };
  }

  async close(): Promise<void> {
    await this.#lab.close();
  }

  /** A server whose controller judges its clients' logins, the last verdict again and again. */
  async #upstream(
    proto: "udp" | "tcp",
    verdicts: readonly Verdict[] | undefined,
  ): Promise<{ port: number; judge?: Raw }> {
    const management = this.#socket();
    const own = ++port;
    await this.#lab.server({
      ...{ port: own, proto, management },
      extra: verdicts ? ["--management-client-auth", "--auth-user-pass-optional"] : [],
    });
    if (!verdicts) return { port: own };
    const raw = await Raw.connect(management);
    let next = 0;
    raw.hears((line) => {
      const [, cid, kid] = /^>CLIENT:(?:CONNECT|REAUTH),(\d+),(\d+)$/.exec(line) ?? [];
      if (cid === undefined) return;
      const verdict = verdicts[Math.min(next++, verdicts.length - 1)];
      if (verdict) raw.write(commandOf(verdict, `${cid} ${kid}`));
    });
    return { port: own, judge: raw };
  }

  async #silence(proto: "udp" | "tcp"): Promise<number> {
    const own = ++port;
    await (proto === "udp" ? this.#lab.blackHole(own) : this.#lab.silentTcp(own));
    return own;
  }

  async #guest(server: number, { name, login, renegotiates }: GuestSetup): Promise<Guest> {
    const file = this.#lab.path(`${name}.login`);
    if (login) writeFileSync(file, `${login.username}\n${login.password}\n`, { mode: 0o600 });
    const client = this.#lab.client({
      ...{ remotes: [`127.0.0.1 ${server} udp`], asks: false, management: this.#socket(), name },
      extra: [
        ...(login ? ["--auth-user-pass", file] : []),
        ...(renegotiates === undefined ? [] : ["--reneg-sec", String(renegotiates)]),
      ],
    });
    const raw = await Raw.connect(client.management);
    return {
      respond: (text) => raw.write(`cr-response ${text}\n`),
      go: async () => void (await client.stop("SIGKILL")),
    };
  }

  /** Where its key is, unless it has it. */
  #identity({ externalKey, pkcs11, keyPassword }: ClientSetup): { identity?: readonly string[] } {
    if (pkcs11) return { identity: ["--pkcs11-providers", SOFTHSM, "--pkcs11-id-management"] };
    if (!externalKey && keyPassword === undefined) return {};
    const { cert, key } = issue(PKI, this.#lab.directory, "external", "clientAuth");
    this.#keys = { key: readFileSync(key, "utf8"), certificate: readFileSync(cert, "utf8").trim() };
    if (externalKey) {
      const { certificate } = externalKey;
      const from = certificate === undefined ? ["--cert", cert] : ["--management-external-cert", certificate];
      return { identity: ["--management-external-key", ...from] };
    }
    const locked = `${key}.locked`;
    const lock = ["-aes128", "-passout", `pass:${keyPassword}`];
    execFileSync("openssl", ["ec", "-in", key, ...lock, "-out", locked], { stdio: "ignore" });
    return { identity: ["--cert", cert, "--key", locked] };
  }

  #daemon(process: Process, management: string): Daemon {
    return {
      controller: async () => {
        const link = new RealLink(await Raw.open(management));
        this.links.push(link);
        return link;
      },
      ended: async () => {
        const ended = (): [number | null] | undefined =>
          process.code === undefined ? undefined : [process.code];
        const [code] = await until("the end of OpenVPN", 20_000, ended);
        return process.child.signalCode === "SIGABRT" ? ABORTED : (code ?? -1);
      },
    };
  }

  #socket(): string {
    return this.#lab.path(`conformance-${++this.#management}.sock`);
  }

  #managementPassword(management: string, password: string): string[] {
    const file = this.#lab.path("management.password");
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    return ["--management", management, "unix", file];
  }
}

function commandOf(verdict: Verdict, ids: string): string {
  if ("deny" in verdict) return `client-deny ${ids} no "${verdict.deny}"\n`;
  if ("pending" in verdict) return `client-pending-auth ${ids} "${verdict.pending}" 60\n`;
  const { echo, token } = verdict.allow;
  const lines = [
    ...(echo === undefined ? [] : [`push "echo ${echo}"`]),
    ...(token === undefined ? [] : [`push "auth-token ${token}"`]),
  ];
  return `client-auth ${ids}\n${lines.map((line) => `${line}\n`).join("")}END\n`;
}

class RealLink extends Link {
  readonly #raw: Raw;

  constructor(raw: Raw) {
    super();
    this.#raw = raw;
  }

  get lines(): readonly string[] {
    return this.#raw.lines;
  }

  get closed(): boolean {
    return this.#raw.ended;
  }

  write(bytes: string): void {
    this.#raw.write(bytes);
  }

  leave(): void {
    this.#raw.close();
  }

  async rest(ms: number): Promise<void> {
    await pause(ms);
  }

  protected async until<T>(what: string, look: () => T | undefined, seconds: number): Promise<T> {
    return until(what, seconds * 1000, look, () => this.lines.slice(-20).join("\n"));
  }
}
