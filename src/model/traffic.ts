/**
 * Traffic of a client that is no sign of life: its pings and renegotiations. Bytes a second, and bytes at once: a TLS
 * renegotiation takes less.
 */
const PING_RATE = 60;
const RENEGOTIATION = 16 * 1024;

/**
 * How many numbers a client has. Their places: whether it is there, bytes in and out, when they were told, when it was active last
 * and its bytes in then.
 */
export const NUMBERS = 6;
const THERE = 0;
const IN = 1;
const OUT = 2;
const TOLD = 3;
const ACTIVE = 4;
const ACTIVE_IN = 5;

/** Whether there is a client whose numbers begin at `at`. */
export function hasClient(numbers: Float64Array, at: number): boolean {
  return numbers[at + THERE] === 1;
}

export function leave(numbers: Float64Array, at: number): void {
  numbers[at + THERE] = 0;
}

/** Takes absolute counters in, for the client whose numbers begin at `at`. */
export function put(numbers: Float64Array, at: number, bytesIn: number, bytesOut: number, now: number): void {
  numbers[at + IN] = bytesIn;
  numbers[at + OUT] = bytesOut;
  numbers[at + TOLD] = now;
  const before = numbers[at + ACTIVE_IN] ?? 0;
  const pings = RENEGOTIATION + (PING_RATE * (now - (numbers[at + ACTIVE] ?? 0))) / 1000;
  if (bytesIn >= before && bytesIn - before <= pings) return;
  numbers[at + ACTIVE] = now;
  numbers[at + ACTIVE_IN] = bytesIn;
}

/** Counters of a session that ran before anybody listened: no traffic of now. */
function begin(numbers: Float64Array, at: number, bytesIn: number, bytesOut: number, now: number): void {
  numbers[at + IN] = bytesIn;
  numbers[at + OUT] = bytesOut;
  numbers[at + TOLD] = now;
  numbers[at + ACTIVE] = now;
  numbers[at + ACTIVE_IN] = bytesIn;
}

/** The counters of one client. They stand among those of others: what was told of it is put down before they are read. */
export class Traffic {
  readonly #numbers: Float64Array;
  readonly #at: number;
  readonly #settle: () => void;

  constructor(numbers: Float64Array, at: number, now: number, settle: () => void) {
    this.#numbers = numbers;
    this.#at = at;
    this.#settle = settle;
    numbers[at + THERE] = 1;
    begin(numbers, at, 0, 0, now);
  }

  get bytesIn(): number {
    return this.#get(IN);
  }

  get bytesOut(): number {
    return this.#get(OUT);
  }

  /** When it sent more than pings last. */
  get active(): number {
    return this.#get(ACTIVE);
  }

  /** Takes absolute counters in; gives what they add and the seconds since the last ones. A counter that went back adds nothing. */
  count(bytesIn: number, bytesOut: number, now: number): { in: number; out: number; seconds: number } {
    const delta = {
      in: Math.max(0, bytesIn - this.bytesIn),
      out: Math.max(0, bytesOut - this.bytesOut),
      seconds: Math.max((now - this.#get(TOLD)) / 1000, 0.001),
    };
    put(this.#numbers, this.#at, bytesIn, bytesOut, now);
    return delta;
  }

  recall(bytesIn: number, bytesOut: number, now: number): void {
    this.#settle();
    begin(this.#numbers, this.#at, bytesIn, bytesOut, now);
  }

  #get(field: number): number {
    this.#settle();
    return this.#numbers[this.#at + field] ?? 0;
  }
}
