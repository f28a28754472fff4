import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const source = (file: string): string => JSON.stringify(join(import.meta.dirname, "../../src/store", file));

/** A process of its own that runs `code`, with the exports of src/store in reach; `say(text)` writes a line at once. */
export class Child {
  readonly #process: ChildProcess;
  readonly lines: string[] = [];
  readonly #ended: Promise<unknown>;
  readonly #wanted: { count: number; resolve: () => void }[] = [];

  constructor(directory: string, code: string) {
    const file = join(directory, "child.ts");
    const head = `
      import { writeSync } from "node:fs";
      import { openStore } from ${source("sqlite.ts")};
      import { lockStateDirectory } from ${source("lock.ts")};
      const say = (text: unknown) => writeSync(1, String(text) + "\\n");
    `;
    writeFileSync(file, head + code);
    const flags = process.versions["bun"] ? ["--no-install"] : [];
    this.#process = spawn(process.execPath, [...flags, file], { stdio: ["pipe", "pipe", "inherit"] });
    this.#ended = once(this.#process, "close");
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.lines.push(line);
      for (const { count, resolve } of this.#wanted) if (this.lines.length >= count) resolve();
    });
  }

  /** Resolves when that many lines were said; rejects when the process ends before. */
  async said(count: number): Promise<void> {
    if (this.lines.length >= count) return;
    const enough = new Promise<void>((resolve) => this.#wanted.push({ count, resolve }));
    await Promise.race([enough, this.#ended]);
    if (this.lines.length < count) throw new Error(`The child ended after ${this.lines.length} lines`);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
