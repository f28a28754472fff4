import { InputLines } from "./input.ts";

/** The controller's end of a connection, as the daemon sees it. */
export interface Controller {
  /** What the daemon writes; one character a byte. */
  text(bytes: string): void;
  /** The daemon closed the connection. */
  closed(): void;
}

/** The daemon's end, as the controller sees it. */
export interface Wire {
  write(bytes: string): void;
  /** The controller goes away. */
  close(): void;
}

export interface SlotHost {
  readonly password?: string;
  /** A controller has the interface. */
  greeted(): void;
  line(line: string): void;
}

const PROMPT = "ENTER PASSWORD:";
const TRIES = 3;

type Visitor = {
  readonly controller: Controller;
  pending: string;
  input: InputLines;
  tries: number;
  inside: boolean;
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
    };
    if (this.#closed) {
      controller.closed();
      return { write: () => undefined, close: () => undefined };
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
    };
  }

  /** A line to the controller that has the interface; lost when none has. */
  say(line: string): void {
    const visitor = this.#queue[0];
    if (visitor?.inside) visitor.controller.text(`${line}\r\n`);
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
    if (!visitor) return;
    if (this.#host.password === undefined) this.#enter(visitor);
    else visitor.controller.text(PROMPT);
    const { pending } = visitor;
    visitor.pending = "";
    if (pending !== "") this.#read(visitor, pending);
  }

  /** Wrong passwords that come together are answered by one prompt. */
  #read(visitor: Visitor, bytes: string): void {
    const { tries } = visitor;
    visitor.input.push(bytes);
    if (this.#queue[0] === visitor && !visitor.inside && visitor.tries > tries)
      visitor.controller.text(PROMPT);
  }

  #enter(visitor: Visitor): void {
    visitor.inside = true;
    this.#host.greeted();
  }

  #line(visitor: Visitor, line: string): void {
    if (this.#queue[0] !== visitor) return;
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
    if (place === 0) this.#serve();
  }
}
