import { readFileSync } from "node:fs";
import { watchFile } from "../util/watch.ts";
import type { ListSpec } from "./rulebook.ts";

/** The lists of a rulebook as they are now; those in files are read again when the file changes. */
export class Lists {
  readonly #specs: Readonly<Record<string, ListSpec>>;
  readonly #problem: (text: string) => void;
  readonly #stops: (() => void)[] = [];
  #current: Readonly<Record<string, readonly string[]>> = {};

  constructor(specs: Readonly<Record<string, ListSpec>>, problem: (text: string) => void) {
    this.#specs = specs;
    this.#problem = problem;
    for (const [name, spec] of Object.entries(specs))
      this.#set(name, "items" in spec ? spec.items : this.#read(name, spec.file));
  }

  current(): Readonly<Record<string, readonly string[]>> {
    return this.#current;
  }

  start(): void {
    for (const [name, spec] of Object.entries(this.#specs))
      if ("file" in spec)
        this.#stops.push(watchFile(spec.file, () => this.#set(name, this.#read(name, spec.file))));
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #set(name: string, items: readonly string[] | undefined): void {
    if (items) this.#current = { ...this.#current, [name]: items };
  }

  /** A file that cannot be read leaves the list as it was; until it was read once there is none, and who asks for it fails. */
  #read(name: string, file: string): readonly string[] | undefined {
    try {
      return readFileSync(file, "utf8")
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : "it cannot be read";
      this.#problem(`List '${name}' from ${file}: ${reason}`);
      return undefined;
    }
  }
}
