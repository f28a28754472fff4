/** One of OpenVPN's rings (state, log, echo) with its switch for notifications. */
export class History {
  readonly #prefix: string;
  readonly #size: number;
  readonly #entries: string[] = [];
  readonly #notify: (line: string) => void;
  /** Whether new entries are told to the controller as they come. */
  live = false;

  /** `prefix` is the notification's, as in `>STATE:`; entries are kept without it. */
  constructor(prefix: string, size: number, notify: (line: string) => void) {
    this.#prefix = prefix;
    this.#size = size;
    this.#notify = notify;
  }

  add(entry: string): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#size) this.#entries.shift();
    if (this.live) this.#notify(`${this.#prefix}${entry}`);
  }

  /** `on|off|all|N [on|off|all|N]`; `name` is the word in OpenVPN's replies. */
  command(name: string, args: readonly string[]): string[] {
    return args.slice(0, 2).flatMap((arg) => {
      if (arg !== "on" && arg !== "off") return this.#last(name, arg);
      this.live = arg === "on";
      return `SUCCESS: real-time ${name} notification set to ${arg.toUpperCase()}`;
    });
  }

  #last(name: string, count: string): string[] {
    const n = count === "all" ? this.#size : Number.parseInt(count, 10);
    if (!(n > 0)) return [`ERROR: ${name} parameter must be 'on' or 'off' or some number n or 'all'`];
    return [...this.#entries.slice(-n), "END"];
  }
}
