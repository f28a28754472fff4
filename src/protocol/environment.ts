import { Secret } from "../util/secret.ts";

/** Names whose values are never shown: OpenVPN sends the password of a client in clear. */
const SECRET_NAMES: ReadonlySet<string> = new Set(["password"]);

type Pair = readonly [name: string, value: string | Secret];

/**
 * The environment of a CLIENT or UPDOWN block: `name=value` lines in the order they came. The first `=` splits; a name may
 * repeat, and the first is the newest. The value of `password` is a Secret.
 */
export class Environment {
  readonly #pairs: Pair[] = [];
  #byName: Map<string, string | Secret> | undefined;

  constructor(pairs: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of pairs) this.add(name, value);
  }

  /** Number of lines. */
  get size(): number {
    return this.#pairs.length;
  }

  /** For whoever reads the block: a line more. */
  add(name: string, value: string): void {
    this.#pairs.push([name, SECRET_NAMES.has(name) ? new Secret(value) : value]);
    this.#byName = undefined;
  }

  has(name: string): boolean {
    return this.#map().has(name);
  }

  /** The value of a name; undefined when it is missing, and for secrets. */
  get(name: string): string | undefined {
    const value = this.#map().get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** The password that a client sent, if any. */
  get password(): Secret | undefined {
    const value = this.#map().get("password");
    return value instanceof Secret ? value : undefined;
  }

  /** Every line, secrets as Secret. */
  [Symbol.iterator](): Iterator<Pair> {
    return this.#pairs[Symbol.iterator]();
  }

  /** As journals and recordings show it: one object, secrets masked; of a name that repeats, the newest. */
  toJSON(): Record<string, string> {
    return Object.fromEntries([...this.#map()].map(([name, value]) => [name, String(value)]));
  }

  #map(): Map<string, string | Secret> {
    if (this.#byName) return this.#byName;
    const map = new Map<string, string | Secret>();
    for (const [name, value] of this.#pairs) if (!map.has(name)) map.set(name, value);
    return (this.#byName = map);
  }
}
