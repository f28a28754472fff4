import { readFileSync } from "node:fs";
import type { SecretSource } from "../rules/rulebook.ts";
import { whyUnreadable } from "../util/file-error.ts";
import { Redactor, Secret } from "../util/secret.ts";

/** Opens the secrets of a rulebook when they are needed; each one read is masked everywhere from then on. */
export class Vault {
  readonly redactor = new Redactor();
  readonly #sources: Readonly<Record<string, SecretSource>>;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(
    sources: Readonly<Record<string, SecretSource>>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#sources = sources;
    this.#env = env;
  }

  /** Throws an Error that names the secret and its source, never its value. */
  read(name: string): Secret {
    const source = this.#sources[name];
    if (!source) throw new Error(`Unknown secret '${name}'`);
    return this.keep(
      "file" in source ? readSecretFile(source.file, `secret '${name}'`) : this.#fromEnv(name, source.env),
    );
  }

  /** Masks what is declared, be it asked for or not. A secret that cannot be read stands nowhere; who asks for it is told. */
  maskAll(): void {
    for (const name of Object.keys(this.#sources)) {
      try {
        this.read(name);
      } catch {}
    }
  }

  /** Masks a secret that came from elsewhere. */
  keep(secret: Secret): Secret {
    this.redactor.add(secret);
    return secret;
  }

  #fromEnv(name: string, variable: string): Secret {
    const value = this.#env[variable];
    if (value === undefined || value === "")
      throw new Error(`Cannot read secret '${name}': the environment variable ${variable} is not set`);
    return new Secret(value);
  }
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
