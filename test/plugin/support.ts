import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const FLAGS = process.versions["bun"] ? ["--no-install"] : [];

export interface Ended {
  readonly code: number | null;
  readonly out: readonly string[];
  /** Problems, the folder left out of their places. */
  readonly problems: readonly string[];
}

/** A folder of files that is gone after the test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "signalbox-plugin-"));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A process of its own, as vitest's module loader would stand in for the one that plugins are loaded by. */
export function start(folder: Folder, ...argv: string[]) {
  return spawn(process.execPath, [...FLAGS, MAIN, ...argv], {
    cwd: folder.path,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a verb on `rulebook.yaml` and these files to its end. */
export async function signalbox(
  verb: "check" | "test",
  rulebook: string,
  files: Readonly<Record<string, string>>,
): Promise<Ended> {
  const folder = new Folder({ ...files, "rulebook.yaml": rulebook });
  const child = start(folder, verb, "rulebook.yaml");
  const [out, problems, code] = await Promise.all([
    linesOf(child.stdout),
    linesOf(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  folder.remove();
  return { code, out, problems: problems.map((line) => line.replaceAll(`${folder.path}/`, "")) };
}

async function linesOf(stream: NodeJS.ReadableStream): Promise<string[]> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text.split("\n").filter((line) => line !== "");
}
