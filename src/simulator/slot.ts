import { InputLines } from "../protocol/input.ts";

/** The controller's end of a connection, as the daemon sees it. */
export interface Controller {
  /** What the daemon writes; one character a byte. */
  text(bytes: string): void;
  /** The daemon closed the connection. */
  closed(): void;
  /** Whether so much is unread that the daemon's writes do not go through; `Wire.drained` tells when that is over. */
  full?(): boolean;
}

/** The daemon's end, as the controller sees it. */
export interface Wire {
  write(bytes: string): void;
  /** The controller goes away. */
  close(): void;
  /** The controller has read what was unread. */
  drained(): void;
}

export interface SlotHost {
  readonly password?: string;
  /** A controller has the interface. */
  greeted(): void;
  line(line: string): void;
  /** The one that had the interface has gone; `inside`: it had given the password, if there is one. */
  left?(inside: boolean): void;
  /** Something was written. */
  written?(): void;
  /** What was written has been read. */
  drained?(): void;
  /** What is said while its commands are read goes out behind them; a `quit` among them loses it. */
  queues?(): boolean;
  /** Nothing is read of the controller for now. */
  readonly deaf?: boolean;
  /** The daemon hangs for ever: nothing is read, nobody is greeted. */
  readonly hung?: boolean;
}

/** So much is read at once. */
const READ = 256;
const PROMPT = "ENTER PASSWORD:";
const TRIES = 3;

type Visitor = {
  readonly controller: Controller;
  pending: string;
  input: InputLines;
  tries: number;
  inside: boolean;
  /** What waits to be written; undefined: nothing has to wait. */
  queued: string | undefined;
};

/** The one place of a controller: who comes second waits without a word until the first has gone (protocol notes, 1.4). */
export class Slot {
  readonly #host: SlotHost;
  readonly #queue: Visitor[] = [];
  #closed = false;

  constructor(host: SlotHost) {
    this.#host = host;
  }

  accept(controller: Controller): Wire {
    const visitor: Visitor = {
      controller,
      pending: "",
      input: new InputLines((line) => this.#line(visitor, line)),
      tries: 0,
      inside: false,
      queued: undefined,
    };
    if (this.#closed) {
      controller.closed();
      return { write: () => undefined, close: () => undefined, drained: () => undefined };
    }
    this.#queue.push(visitor);
    if (this.#queue[0] === visitor) this.#serve();
    return {
      // What is sent too early waits as well, and runs when its turn comes.
      write: (bytes) => {
        if (this.#queue[0] === visitor) this.#read(visitor, bytes);
        else visitor.pending += bytes;
      },
      close: () => this.#leave(visitor),
      drained: () => {
        if (this.#queue[0] !== visitor) return;
        this.#host.drained?.();
        this.hear();
      },
    };
  }

  /** A line to the controller that has the interface; lost when none has. */
  say(line: string): void {
    const visitor = this.#queue[0];
    if (!visitor?.inside || this.#host.hung === true) return;
    if (visitor.queued === undefined) visitor.controller.text(`${line}\r\n`);
    else visitor.queued += `${line}\r\n`;
    this.#host.written?.();
  }

  /** Somebody is there to be told. */
  get attended(): boolean {
    return this.#queue[0]?.inside ?? false;
  }

  /** Whether the controller that has the interface does not keep up with what is written. */
  get full(): boolean {
    return this.#queue[0]?.controller.full?.() ?? false;
  }

  /** Reads what the controller has sent meanwhile. */
  hear(): void {
    const visitor = this.#queue[0];
    const bytes = visitor?.pending ?? "";
    if (!visitor || bytes === "" || this.#deaf) return;
    visitor.pending = "";
    this.#read(visitor, bytes);
  }

  /** Ends the connection of the controller that has the interface. */
  dismiss(): void {
    const visitor = this.#queue[0];
    if (!visitor) return;
    this.#leave(visitor);
    visitor.controller.closed();
  }

  /** The daemon is gone. */
  close(): void {
    this.#closed = true;
    for (const { controller } of this.#queue.splice(0)) controller.closed();
  }

  #serve(): void {
    const visitor = this.#queue[0];
    if (!visitor || this.#host.hung === true) return;
    if (this.#host.password === undefined) this.#enter(visitor);
    else visitor.controller.text(PROMPT);
    this.hear();
  }

  /** Before what it writes is taken, nothing is read. */
  get #deaf(): boolean {
    return this.#host.deaf === true || this.#host.hung === true || this.full;
  }

  /** Wrong passwords that come together are answered by one prompt. */
  #read(visitor: Visitor, bytes: string): void {
    if (this.#deaf) {
      visitor.pending += bytes;
      return;
    }
    const { tries } = visitor;
    for (let i = 0; i < bytes.length; i += READ) this.#take(visitor, bytes.slice(i, i + READ));
    if (this.#queue[0] === visitor && !visitor.inside && visitor.tries > tries)
      visitor.controller.text(PROMPT);
  }

  #take(visitor: Visitor, bytes: string): void {
    visitor.queued = this.#host.queues?.() === true ? "" : undefined;
    visitor.input.push(bytes);
    const { queued = "" } = visitor;
    visitor.queued = undefined;
    if (queued !== "" && this.#queue[0] === visitor) visitor.controller.text(queued);
  }

  #enter(visitor: Visitor): void {
    visitor.inside = true;
    this.#host.greeted();
  }

  #line(visitor: Visitor, line: string): void {
    if (this.#queue[0] !== visitor || this.#host.hung === true) return;
    if (visitor.inside) this.#host.line(line);
    else if (line === this.#host.password) {
      visitor.controller.text("SUCCESS: password is correct\r\n");
      this.#enter(visitor);
    } else if (++visitor.tries >= TRIES) this.dismiss();
  }

  #leave(visitor: Visitor): void {
    const place = this.#queue.indexOf(visitor);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    if (place > 0) return;
    this.#host.left?.(visitor.inside);
    this.#serve();
  }
}
