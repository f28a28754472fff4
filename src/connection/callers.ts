import type { Transport, TransportListener } from "./transport.ts";

/** Makes a transport of the caller's connection. */
type Connect = (listener: Omit<TransportListener, "connected">) => Transport;

/** Somebody who waits has at most a greeting and a question to say, characters. */
const LONGEST_EARLY = 64 * 1024;

/**
 * Those who dial an address of ours: one is served at a time and one more may wait, unheard but not turned away, for to OpenVPN
 * an end of the connection is the order to exit.
 */
export class Callers {
  #next: ((caller: Caller) => void) | undefined;
  #waiting: Caller | undefined;
  #crowd: (waits: boolean) => void = () => undefined;

  /** `told` hears of each one who dials while another is served; `waits` is false where one waited already: turned away. */
  onCrowd(told: (waits: boolean) => void): void {
    this.#crowd = told;
  }

  get crowded(): boolean {
    return this.#waiting !== undefined;
  }

  /** Somebody has dialled. */
  arrived(connect: Connect): void {
    const caller = new Caller(connect, () => {
      if (this.#waiting === caller) this.#waiting = undefined;
    });
    const next = this.#next;
    if (next) {
      this.#next = undefined;
      next(caller);
      return;
    }
    const waits = !this.#waiting;
    if (waits) this.#waiting = caller;
    else caller.transport.destroy();
    this.#crowd(waits);
  }

  /** The transport of the next caller, connected when that one is here. Nothing is told within the call. */
  accept(listener: TransportListener): Transport {
    let served = this.#waiting;
    this.#waiting = undefined;
    const next = (caller: Caller): void => {
      served = caller;
      caller.serve(listener);
    };
    if (served) served.serve(listener);
    else this.#next = next;
    const leave = (how: "end" | "destroy"): void => {
      if (served) served.transport[how]();
      else if (this.#next === next) {
        this.#next = undefined;
        queueMicrotask(() => listener.closed(undefined));
      }
    };
    return {
      write: (text) => served?.transport.write(text),
      end: () => leave("end"),
      destroy: () => leave("destroy"),
    };
  }

  /** Turns away who waits; true where somebody did. */
  refuse(): boolean {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.transport.destroy();
    return waiting !== undefined;
  }
}

/** One connection; what it says is kept until somebody listens. */
class Caller {
  readonly transport: Transport;
  #listener: TransportListener | undefined;
  #early: string | undefined = "";
  #closed = false;

  constructor(connect: Connect, left: () => void) {
    this.transport = connect({
      text: (chunk) => this.#said(chunk),
      closed: (reason) => {
        this.#closed = true;
        if (this.#listener) this.#listener.closed(reason);
        else left();
      },
    });
  }

  serve(listener: TransportListener): void {
    this.#listener = listener;
    queueMicrotask(() => {
      if (this.#closed) return;
      const early = this.#early ?? "";
      this.#early = undefined;
      listener.connected();
      if (early !== "") listener.text(early);
    });
  }

  #said(chunk: string): void {
    if (this.#early === undefined) {
      this.#listener?.text(chunk);
      return;
    }
    this.#early += chunk;
    if (this.#early.length > LONGEST_EARLY) this.transport.destroy();
  }
}
