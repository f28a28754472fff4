import { watchFile } from "../util/watch.ts";
import type { Rule } from "./rulebook.ts";

/** `on: { file }`: raises file.changed for the rule that asked for it. */
export class FileEvents {
  readonly #rules: readonly Rule[];
  readonly #fire: (rule: Rule, path: string) => void;
  readonly #stops: (() => void)[] = [];

  constructor(rules: readonly Rule[], fire: (rule: Rule, path: string) => void) {
    this.#rules = rules.filter((rule) => rule.enabled);
    this.#fire = fire;
  }

  start(): void {
    for (const rule of this.#rules)
      for (const selector of rule.on)
        if ("file" in selector) {
          const path = selector.file;
          this.#stops.push(watchFile(path, () => this.#fire(rule, path)));
        }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
