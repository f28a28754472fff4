import { readFileSync } from "node:fs";
import type { SecretSource } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { whyUnreadable } from "../util/file-error.ts";
import { Redactor, Secret } from "../util/secret.ts";
import { OneTimeCodes } from "./one-time.ts";
import { runProgram } from "./run-program.ts";

/** Where logins get their secrets. */
export interface Secrets {
  /** Rejects with an Error that names the secret and its source, never its value. */
  obtain(name: string): Promise<Secret>;
  /** Masks what was made of secrets, for a while. */
  passing(secret: Secret): void;
  /** OpenVPN refused what was made of it: it is not taken from memory again. */
  refused(name: string): void;
}

export interface VaultDeps {
  readonly clock: Clock;
  readonly store: Store;
  /** Asks the person at the terminal. Rejects when there is none. */
  readonly ask: (prompt: string) => Promise<Secret>;
}

interface Cached {
  readonly secret: Secret;
  /** ms since the epoch */
  readonly until: number;
}

/** Opens the secrets of a rulebook when they are needed; each one read is masked everywhere from then on. */
export class Vault implements Secrets {
  readonly redactor = new Redactor();
  readonly #sources: Readonly<Record<string, SecretSource>>;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #cached = new Map<string, Cached>();
  #deps: VaultDeps | undefined;
  #codes: OneTimeCodes | undefined;

  constructor(
    sources: Readonly<Record<string, SecretSource>>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#sources = sources;
    this.#env = env;
  }

  /** From now on what takes time or a state can be obtained as well. */
  open(deps: VaultDeps): void {
    this.#deps = deps;
    this.#codes = new OneTimeCodes(deps.store, deps.clock);
  }

  /** One that is at hand at once. Throws an Error that names the secret and its source, never its value. */
  read(name: string): Secret {
    const source = this.#source(name);
    if ("file" in source) return this.keep(readSecretFile(source.file, `secret '${name}'`));
    if ("env" in source) return this.keep(this.#fromEnv(name, source.env));
    throw new Error(
      `Secret '${name}' cannot be read here: it comes neither from a file nor from the environment`,
    );
  }

  async obtain(name: string): Promise<Secret> {
    const source = this.#source(name);
    if ("file" in source || "env" in source) return this.read(name);
    if (!this.#deps || !this.#codes) throw new Error(`Secret '${name}' is not at hand yet`);
    const { clock } = this.#deps;
    if ("totp" in source) {
      const key = this.keep(readSecretFile(source.totp.file, `the key of secret '${name}'`));
      const code = await this.#codes.next(name, source.totp, key);
      this.passing(code);
      return code;
    }
    const cached = this.#cached.get(name);
    if (cached && cached.until > clock.now()) return cached.secret;
    const secret = this.keep(
      "exec" in source ? await this.#run(name, source) : await this.#deps.ask(source.ask),
    );
    if (source.cache > 0) this.#cached.set(name, { secret, until: clock.now() + source.cache });
    return secret;
  }

  refused(name: string): void {
    this.#cached.delete(name);
  }

  passing(secret: Secret): void {
    this.redactor.addPassing(secret);
  }

  /** Masks what is declared, be it asked for or not. A secret that cannot be read stands nowhere; who asks for it is told. */
  maskAll(): void {
    for (const [name, source] of Object.entries(this.#sources)) {
      try {
        if ("totp" in source) this.keep(readSecretFile(source.totp.file, `the key of secret '${name}'`));
        else this.read(name);
      } catch {}
    }
  }

  /** Masks a secret that came from elsewhere. */
  keep(secret: Secret): Secret {
    this.redactor.add(secret);
    return secret;
  }

  #source(name: string): SecretSource {
    const source = Object.hasOwn(this.#sources, name) ? this.#sources[name] : undefined;
    if (!source) throw new Error(`Unknown secret '${name}'`);
    return source;
  }

  async #run(name: string, { exec, timeout }: Extract<SecretSource, { exec: unknown }>): Promise<Secret> {
    const abort = new AbortController();
    const timer = this.#deps?.clock.after(timeout, () => abort.abort());
    try {
      const output = await runProgram(exec, "", abort.signal);
      const line = output.split(/\r?\n/, 1)[0] ?? "";
      if (line === "") throw new Error(`${exec[0] ?? ""} printed nothing`);
      return new Secret(line);
    } catch (error) {
      const why = abort.signal.aborted ? `nothing within ${timeout} ms` : (error as Error).message;
      throw new Error(`Cannot get secret '${name}': ${why}`, { cause: error });
    } finally {
      timer?.cancel();
    }
  }

  #fromEnv(name: string, variable: string): Secret {
    const value = this.#env[variable];
    if (value === undefined || value === "")
      throw new Error(`Cannot read secret '${name}': the environment variable ${variable} is not set`);
    return new Secret(value);
  }
}

/** The secrets of a test of a rulebook, as it gives them; nothing is asked anywhere. */
export function givenSecrets(secrets: Readonly<Record<string, Secret>>): Secrets {
  return {
    obtain: (name) => {
      const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      return secret
        ? Promise.resolve(secret)
        : Promise.reject(new Error(`The test gives no secret '${name}'`));
    },
    passing: () => undefined,
    refused: () => undefined,
  };
}

/** The first line of a file, as OpenVPN reads its own password files. */
export function readSecretFile(path: string, what: string): Secret {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`Cannot read ${what} from ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
  const line = content.split(/\r?\n/, 1)[0] ?? "";
  if (line === "") throw new Error(`Cannot read ${what} from ${path}: its first line is empty`);
  return new Secret(line);
}
