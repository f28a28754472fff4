import type { VariableSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import { parseDuration } from "../util/duration.ts";
import { parseSize } from "../util/size.ts";

const TABLE = "variables";

/** What rules `set` and read as vars.NAME; kept over restarts, and dropped when the declared type no longer fits. */
export class Variables {
  readonly #specs: Readonly<Record<string, VariableSpec>>;
  readonly #store: Store;
  readonly #values: Record<string, unknown> = {};

  constructor(specs: Readonly<Record<string, VariableSpec>>, store: Store) {
    this.#specs = specs;
    this.#store = store;
    for (const [name, spec] of Object.entries(specs)) {
      const saved = store.get(TABLE, name);
      this.#values[name] = saved !== undefined && fits(spec, saved) ? saved : spec.default;
    }
  }

  /** The live values, for expressions. */
  get values(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  /** Returns what is wrong, or undefined when it is set. */
  set(name: string, value: unknown): string | undefined {
    const spec = this.#specs[name];
    if (!spec) return `Unknown variable '${name}'`;
    if (!fits(spec, value)) return `Variable '${name}' takes a ${spec.type}, not ${JSON.stringify(value)}`;
    this.#values[name] = value;
    this.#store.put(TABLE, name, value);
    return undefined;
  }

  spec(name: string): VariableSpec | undefined {
    return this.#specs[name];
  }
}

function fits(spec: VariableSpec, value: unknown): boolean {
  switch (spec.type) {
    case "text":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    default:
      return typeof value === "number" && Number.isFinite(value);
  }
}

/** A value typed at a prompt (`set NAME=VALUE`) in the variable's type; what does not fit is returned as it came. */
export function coerceVariable(spec: VariableSpec, value: unknown): unknown {
  if (typeof value !== "string") return value;
  switch (spec.type) {
    case "bool":
      return value === "true" ? true : value === "false" ? false : value;
    case "number":
      return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "size":
      return parseSize(value) ?? value;
    case "duration":
      return parseDuration(value) ?? value;
    case "list":
      return value.split(",").map((item) => item.trim());
    case "text":
      return value;
  }
}
