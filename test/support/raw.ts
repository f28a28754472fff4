import net from "node:net";
import { LineSplitter, whole } from "../../src/protocol/lines.ts";
import { until } from "./lab.ts";

/** A bare connection to a management socket: bytes in, lines out. */
export class Raw {
  readonly lines: string[] = [];
  ended = false;
  #hears: (line: string) => void = () => undefined;
  readonly #socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    const splitter = new LineSplitter(
      whole((line) => {
        this.lines.push(line);
        this.#hears(line);
      }),
      () => undefined,
    );
    const utf8 = new TextDecoder();
    socket.on("data", (chunk: Uint8Array) => splitter.push(utf8.decode(chunk, { stream: true })));
    socket.on("error", () => undefined);
    socket.on("close", () => (this.ended = true));
  }

  /** Connected and greeted; tries again until the socket is there. */
  static async connect(path: string): Promise<Raw> {
    const raw = await Raw.open(path);
    await raw.sees(/^>INFO:/);
    return raw;
  }

  /** Connected, be it that nothing is said. */
  static async open(path: string): Promise<Raw> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const socket = await new Promise<net.Socket | undefined>((resolve) => {
        const trying = net.connect(path);
        trying.once("connect", () => resolve(trying));
        trying.once("error", () => resolve(undefined));
      });
      if (socket) return new Raw(socket);
      if (Date.now() > deadline) throw new Error(`No socket at ${path}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Tells of each line as it comes. */
  hears(hears: (line: string) => void): void {
    this.#hears = hears;
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The first line that matches, among those behind `from`. */
  async sees(pattern: RegExp, from = 0, within = 20_000): Promise<string> {
    return until(
      `a line like ${pattern}`,
      within,
      () => this.lines.slice(from).find((line) => pattern.test(line)),
      () => this.lines.slice(-20).join("\n"),
    );
  }

  /** What came in answer to some bytes: all lines up to the reply to a `pid` behind them. */
  async ask(bytes: string | Uint8Array): Promise<string[]> {
    const from = this.lines.length;
    // In one write: what is read together depends on it.
    this.write(Buffer.concat([Buffer.from(bytes), Buffer.from("pid\n")]));
    await this.sees(/^SUCCESS: pid=\d+$/, from);
    return this.lines.slice(
      from,
      this.lines.findIndex((line, i) => i >= from && /^SUCCESS: pid=\d+$/.test(line)),
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}
