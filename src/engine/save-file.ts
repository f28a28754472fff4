import { randomUUID } from "node:crypto";
import { chmod, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ActionError } from "../plugin/contract.ts";
import { whyUnwritable } from "../util/file-error.ts";

/**
 * Writes lines to a file: whoever reads it finds the old content or the new one. A new file is the user's alone; one that
 * is there keeps its mode. Directories are not made. Throws ActionError.
 */
export async function saveFile(path: string, lines: readonly string[]): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const mode = await modeOf(path);
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(lines.map((line) => `${line}\n`).join(""));
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== undefined) await chmod(beside, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new ActionError("failed", `Cannot write ${path}: ${whyUnwritable(error)}`);
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
