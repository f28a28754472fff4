import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A process of its own that sends a text over and over to whoever connects. */
export class Feed {
  readonly #directory: string;
  readonly #feeder: ChildProcess;
  readonly #path: string;

  private constructor(directory: string, feeder: ChildProcess, path: string) {
    this.#directory = directory;
    this.#feeder = feeder;
    this.#path = path;
  }

  static async of(text: string, times: number): Promise<Feed> {
    const directory = mkdtempSync(join(tmpdir(), "feed-"));
    const path = join(directory, "feeder.sock");
    writeFileSync(join(directory, "text"), text);
    const args = [join(import.meta.dirname, "feeder.ts"), path, join(directory, "text"), String(times)];
    const feeder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => feeder.stdout.once("data", resolve));
    return new Feed(directory, feeder, path);
  }

  /** Hands all that is sent to `push`, in the pieces in which it arrives, as the connection reads them. */
  read(push: (chunk: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ path: this.#path });
      socket.setEncoding("utf8");
      socket.on("data", (chunk) => push(String(chunk)));
      socket.on("end", resolve);
      socket.on("error", reject);
    });
  }

  /** What is left to do when nothing is parsed: find the line ends, cut the lines out. Gives the number of lines. */
  async splitOnly(): Promise<number> {
    let rest = "";
    let found = 0;
    let characters = 0;
    await this.read((chunk) => {
      const joined = rest === "" ? chunk : rest + chunk;
      let start = 0;
      for (let end = joined.indexOf("\n"); end >= 0; end = joined.indexOf("\n", start)) {
        const last = joined.charCodeAt(end - 1) === 13 ? end - 1 : end;
        characters += joined.slice(start, last).length;
        found++;
        start = end + 1;
      }
      rest = joined.slice(start);
    });
    if (characters === 0) throw new Error("nothing was sent");
    return found;
  }

  close(): void {
    this.#feeder.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
