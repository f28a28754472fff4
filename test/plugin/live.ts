import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Folder, start } from "./support.ts";

export type Entry = Readonly<Record<string, unknown>>;

const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n";
const REPLIES: Readonly<Record<string, string>> = {
  "version 3": "",
  version: "OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu\r\nManagement Version: 5\r\nEND\r\n",
  "state on all": "SUCCESS: real-time state notification set to ON\r\nEND\r\n",
  "remote-entry-get all": "END\r\n",
  "status 3": "OpenVPN STATISTICS\r\nEND\r\n",
};

/** A running engine on an OpenVPN of a few lines: what is said to it, and its journal. */
export class Live {
  readonly #folder: Folder;
  readonly #child: ChildProcess;
  readonly #server: net.Server;
  readonly #peer: net.Socket;
  readonly #entries: Entry[] = [];
  #wake: (() => void) | undefined;

  private constructor(folder: Folder, server: net.Server, child: ChildProcess, peer: net.Socket) {
    this.#folder = folder;
    this.#server = server;
    this.#child = child;
    this.#peer = peer;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      this.#entries.push(JSON.parse(line) as Entry);
      this.#wake?.();
    });
    createInterface({ input: peer }).on("line", (line) => peer.write(REPLIES[line] ?? "SUCCESS: done\r\n"));
    peer.write(GREETING);
  }

  static async start(rulebook: string, files: Readonly<Record<string, string>>): Promise<Live> {
    const folder = new Folder({ ...files, "rulebook.yaml": rulebook });
    const path = join(folder.path, "mgmt.sock");
    const server = net.createServer().listen(path);
    await once(server, "listening");
    const argv = ["rulebook.yaml", "--management", `unix:${path}`, "--state", ":memory:", "--log", "json"];
    const child = start(folder, "run", ...argv);
    let problems = "";
    child.stderr.on("data", (chunk) => (problems += String(chunk)));
    const ended = once(child, "close").then(() => Promise.reject(new Error(problems)));
    const [peer] = (await Promise.race([once(server, "connection"), ended])) as [net.Socket];
    ended.catch(() => undefined);
    const live = new Live(folder, server, child, peer);
    await live.journalled(({ kind, command }) => kind === "command" && command === "log off");
    return live;
  }

  /** Lets OpenVPN say a line; gives the first entry of the journal from then on that fits. */
  async say(line: string, fits: (entry: Entry) => boolean): Promise<Entry> {
    this.#entries.length = 0;
    this.#peer.write(`${line}\r\n`);
    return this.journalled(fits);
  }

  async journalled(fits: (entry: Entry) => boolean): Promise<Entry> {
    for (;;) {
      const found = this.#entries.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async stop(): Promise<number | null> {
    const closed = once(this.#child, "close") as Promise<[number | null]>;
    this.#child.kill("SIGTERM");
    const [code] = await closed;
    this.#server.close();
    this.#folder.remove();
    return code;
  }
}
