import type { Env } from "../rules/cel/types.ts";
import type { CounterSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";

const TABLE = "counters";

/** A sliding window is kept as this many slices: bounded memory, an error of at most 1/60 of the window. */
const SLICES = 60;

type Slices = { times: number[]; counts: number[] };

/** `increment: NAME` and counter("NAME"), for each key apart, kept over restarts. */
export class Counters {
  readonly #specs: Readonly<Record<string, CounterSpec>>;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #values = new Map<string, Map<string, Slices>>();

  constructor(specs: Readonly<Record<string, CounterSpec>>, store: Store, now: () => number) {
    this.#specs = specs;
    this.#store = store;
    this.#now = now;
    for (const name of Object.keys(specs)) this.#values.set(name, new Map());
    for (const [id, saved] of store.entries(TABLE)) {
      const [name, key] = splitId(id);
      this.#values.get(name)?.set(key, saved as Slices);
    }
  }

  has(name: string): boolean {
    return name in this.#specs;
  }

  /** Adds one for the key that the environment gives. Throws EvaluationError when the key cannot be told. */
  increment(name: string, env: Env): void {
    const spec = this.#specs[name];
    const keys = this.#values.get(name);
    if (!spec || !keys) return;
    const key = keyOf(spec, env);
    const slices = this.#trimmed(spec, keys.get(key));
    const width = spec.window === undefined ? Infinity : spec.window / SLICES;
    const last = slices.times.length - 1;
    const lastTime = slices.times[last];
    if (lastTime !== undefined && this.#now() - lastTime < width)
      slices.counts[last] = (slices.counts[last] ?? 0) + 1;
    else {
      slices.times.push(this.#now());
      slices.counts.push(1);
    }
    // Moved to the end: the map's order is the order of use, the oldest key goes first.
    keys.delete(key);
    keys.set(key, slices);
    this.#store.transaction(() => {
      this.#store.put(TABLE, joinId(name, key), slices);
      for (const old of keys.keys()) {
        if (keys.size <= spec.maxKeys) break;
        keys.delete(old);
        this.#store.delete(TABLE, joinId(name, old));
      }
    });
  }

  /** The count for the key that the environment gives. */
  value(name: string, env: Env): number {
    const spec = this.#specs[name];
    const slices = spec && this.#values.get(name)?.get(keyOf(spec, env));
    return spec && slices ? sum(this.#trimmed(spec, slices)) : 0;
  }

  /** All keys with their counts, for `status`. */
  status(): { name: string; key: string; count: number }[] {
    return [...this.#values].flatMap(([name, keys]) => {
      const spec = this.#specs[name];
      return spec
        ? [...keys].map(([key, slices]) => ({ name, key, count: sum(this.#trimmed(spec, slices)) }))
        : [];
    });
  }

  #trimmed(spec: CounterSpec, slices: Slices | undefined): Slices {
    if (!slices) return { times: [], counts: [] };
    if (spec.window === undefined) return slices;
    const oldest = this.#now() - spec.window;
    const first = slices.times.findIndex((time) => time > oldest);
    return first === 0
      ? slices
      : first < 0
        ? { times: [], counts: [] }
        : { times: slices.times.slice(first), counts: slices.counts.slice(first) };
  }
}

function keyOf(spec: CounterSpec, env: Env): string {
  return spec.key ? String(spec.key.run(env)) : "";
}

function sum(slices: Slices): number {
  return slices.counts.reduce((total, count) => total + count, 0);
}

function joinId(name: string, key: string): string {
  return `${name}/${key}`;
}

function splitId(id: string): [name: string, key: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}
