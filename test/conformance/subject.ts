import { expect } from "vitest";

/** Where a client finds its server: one that lets it in, one that takes packets and never answers, a closed port. */
export type Place = "up" | "silent" | "refused";

/** What a server makes of a login; the text of `pending` goes to the client, as in `CR_TEXT:R:PIN?`. */
export type Verdict =
  | { readonly allow: { readonly echo?: string; readonly token?: string } }
  | { readonly deny: string }
  | { readonly pending: string };

export interface ClientSetup {
  /** `silent` unless said otherwise. */
  readonly meets?: Place;
  /** udp unless said otherwise. */
  readonly proto?: "udp" | "tcp";
  readonly hold?: boolean;
  readonly queryRemote?: boolean;
  readonly queryProxy?: boolean;
  readonly auth?: { readonly challenge?: { readonly text: string; readonly echo: boolean } };
  readonly authRetry?: "nointeract" | "interact";
  readonly keyPassword?: string;
  readonly externalKey?: { readonly certificate?: string };
  /** The key is on a token, which is not there; which one is asked for. */
  readonly pkcs11?: true;
  readonly upDown?: boolean;
  readonly echo?: string;
  /** Of the management interface. */
  readonly password?: string;
  readonly signalsOnDisconnect?: boolean;
  /** What becomes of its logins, one after the other; without them all are let in at once. */
  readonly verdicts?: readonly Verdict[];
}

export interface ServerSetup {
  readonly hold?: boolean;
  readonly clientAuth?: boolean;
  /** Of the management interface. */
  readonly password?: string;
}

/** A client of the server under test. */
export interface Guest {
  /** `cr-response` of its controller. */
  respond(text: string): void;
  /** It goes without a word. */
  go(): Promise<void>;
}

export interface GuestSetup {
  readonly name: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** New keys after so many seconds. */
  readonly renegotiates?: number;
}

/** An OpenVPN under test. */
export interface Daemon {
  /** A new connection of a controller. */
  controller(): Promise<Link>;
  /** Its exit status; 134 when it aborted. */
  ended(): Promise<number>;
}

export interface Client extends Daemon {
  /** Its server sends RESTART or HALT, with what stands behind it. */
  sentAway(message: string): Promise<void>;
  /** PEM of the key that lies with the controller, and of its certificate. */
  readonly key: string;
  readonly certificate: string;
}

export interface Server extends Daemon {
  come(setup: GuestSetup): Promise<Guest>;
}

/** Real OpenVPN or the simulated one; each has a world of its own. */
export interface Subject {
  /** All connections so far. */
  readonly links: readonly Link[];
  client(setup?: ClientSetup): Promise<Client>;
  server(setup?: ServerSetup): Promise<Server>;
  close(): Promise<void>;
}

/** A line as it is, a line that is like this, or some lines (perhaps none) that are like this. */
export type Said = string | RegExp | { readonly some: RegExp };

/** What the lines should have been, to be compared with them. */
export function expected(lines: readonly string[], wanted: readonly Said[]): unknown[] {
  const all: unknown[] = [];
  for (const one of wanted)
    if (typeof one === "string") all.push(one);
    else if (one instanceof RegExp) all.push(expect.stringMatching(one));
    else
      while (all.length < lines.length && one.some.test(lines[all.length] ?? "")) all.push(lines[all.length]);
  return all;
}

/** Asserts that these lines were said, and no others. */
export function says(lines: readonly string[], ...wanted: readonly Said[]): void {
  expect(lines).toEqual(expected(lines, wanted));
}

/** Lines without the notifications among them. */
export function repliesIn(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith(">") || line.startsWith(">PKCS11ID-"));
}

let marks = 0;

/** A controller's connection. */
export abstract class Link {
  /** What was said so far, complete lines; the password prompt is one. */
  abstract readonly lines: readonly string[];
  /** The daemon has closed it. */
  abstract readonly closed: boolean;
  abstract write(bytes: string): void;
  /** The controller goes away. */
  abstract leave(): void;
  /** Lets time pass until this gives something; `what` is said at the deadline. */
  protected abstract until<T>(what: string, look: () => T | undefined, seconds: number): Promise<T>;
  /** Lets time pass. */
  abstract rest(ms: number): Promise<void>;

  /** The first line that is like this, among those behind the first `from`. */
  async sees(pattern: RegExp, from = 0, seconds = 20): Promise<string> {
    return this.until(
      `a line like ${pattern}`,
      () => this.lines.slice(from).find((line) => pattern.test(line)),
      seconds,
    );
  }

  /** Everything said in answer to some bytes, up to the reply to a mark that is written together with them. */
  async ask(bytes: string): Promise<string[]> {
    const [lines = []] = await this.askAll([bytes]);
    return lines;
  }

  /** As `ask` for several, written at once. */
  async askAll(bytes: readonly string[]): Promise<string[][]> {
    const first = marks;
    marks += bytes.length;
    let from = this.lines.length;
    this.write(bytes.map((each, i) => `${each}signal mark-${first + i}\n`).join(""));
    const ends = bytes.map((_, i) => `ERROR: signal 'mark-${first + i}' is not a known signal type`);
    const last = ends.at(-1) ?? "";
    await this.until(
      `the end of the answers to ${JSON.stringify(bytes.join("").slice(0, 80))}`,
      () => this.lines.includes(last, from) || undefined,
      20,
    );
    return ends.map((mark) => {
      const end = this.lines.indexOf(mark, from);
      const lines = this.lines.slice(from, end);
      from = end + 1;
      return lines;
    });
  }

  /** As `ask`, the replies only. */
  async replies(bytes: string): Promise<string[]> {
    return repliesIn(await this.ask(bytes));
  }

  async end(): Promise<void> {
    await this.until("the end of the connection", () => this.closed || undefined, 20);
  }
}
