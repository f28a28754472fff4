import type { Clock } from "../util/clock.ts";
import type { ClientInput } from "./client.machine.ts";
import type { ClientOptions } from "./client-options.ts";
import { Credentials } from "./credentials.ts";
import { Cursor, type RemoteEntry } from "./cursor.ts";
import { ExternalKey } from "./external-key.ts";
import { openToken } from "./pkcs11.ts";
import type { Prompts } from "./prompts.ts";
import { Route } from "./route.ts";
import { type Step, Steps } from "./steps.ts";
import type { Version } from "./version.ts";
import type { Voice } from "./voice.ts";

export interface ApproachHost {
  readonly clock: Clock;
  readonly options: ClientOptions;
  readonly version: Version;
  readonly voice: Voice;
  readonly prompts: Prompts;
  readonly settings: { readonly authRetry: string; readonly clientVersion: number };
  /** Tells the phases that one of them is done. */
  readonly send: (event: ClientInput) => void;
  /** The process ends of an error. */
  readonly die: (text: string) => void;
  readonly failed: (reason: string) => void;
}

/** >REMOTE and >PROXY are made in a buffer of this size. */
const BUFFER = 256;

/** What comes before an attempt: which entry, by which way, and what must be known and loaded for it. */
export class Approach {
  readonly cursor: Cursor;
  readonly route = new Route();
  readonly credentials: Credentials;
  readonly key: ExternalKey | undefined;
  readonly #host: ApproachHost;
  readonly #steps = new Steps();
  #keyLoaded = false;

  constructor(host: ApproachHost) {
    this.#host = host;
    const { clock, options, version, prompts, settings } = host;
    this.cursor = new Cursor(options.remotes);
    const asking = {
      prompts,
      version,
      get clientVersion() {
        return settings.clientVersion;
      },
    };
    const { auth, externalKey, random = () => 0.5 } = options;
    this.credentials = new Credentials(asking, auth, (text) => host.die(text));
    const later = (then: () => void): void => void clock.after(0, then);
    this.key = externalKey && new ExternalKey(externalKey, asking, random, later);
  }

  /** The configuration is read (again): the list begins anew, and the key is loaded anew. */
  reset(): void {
    const { voice, options } = this.#host;
    this.cursor.reset();
    this.route.reset();
    this.#keyLoaded = false;
    for (const text of options.echo ?? []) voice.echo.add(`${voice.seconds},${text}`);
  }

  stop(): void {
    this.#steps.stop();
    this.#host.prompts.close();
  }

  forgetPasswords(): void {
    this.credentials.purge("all");
    this.credentials.token = undefined;
  }

  /** `seconds`: how long it would have paused. */
  hold(seconds: number): void {
    const { prompts, version } = this.#host;
    prompts.tell(`>HOLD:Waiting for hold release${version.holdTellsSeconds ? `:${seconds}` : ""}`);
  }

  /** What is asked as soon as the configuration is read. */
  query(): void {
    this.#steps.start([(next) => this.credentials.askLogin(next)], () =>
      this.#host.send({ type: "queried" }),
    );
  }

  choose(): void {
    const { prompts, send, die } = this.#host;
    prompts.close();
    this.route.choose();
    if (this.cursor.next()) send({ type: "chosen" });
    else die("No usable connection profiles are present");
  }

  askRemote(): void {
    const { host, port, proto } = this.#entry;
    this.#ask(`>REMOTE:${host},${port},${proto}`);
  }

  /** The place in the list is told, not the port. */
  askProxy(): void {
    const entry = this.#entry;
    const place = this.cursor.entries.indexOf(entry) + 1;
    this.#ask(`>PROXY:${place},${entry.proto.startsWith("udp") ? "UDP" : "TCP"},${entry.host}`);
  }

  prepare(): void {
    const { prompts, send, settings } = this.#host;
    prompts.close();
    const steps: Step[] = [];
    if (settings.authRetry === "interact") steps.push((next) => this.credentials.askLogin(next));
    if (!this.#keyLoaded)
      steps.push(
        (next) => this.#loadCertificate(next),
        (next) => this.#loadKey(next),
        (next) => this.#openToken(next),
      );
    this.#steps.start(steps, () => {
      this.#keyLoaded = true;
      send({ type: "prepared" });
    });
  }

  /** `proxy` of the controller; what it makes of a question for one is up to `send`. */
  proxy(kind: string, more: readonly string[]): boolean {
    const { voice, send } = this.#host;
    const entry = this.cursor.current;
    if (kind === "HTTP" && more.length >= 2 && entry?.proto.startsWith("tcp") !== true) {
      voice.note("W", "HTTP proxy support only works for TCP based connections");
      return false;
    }
    const taken = this.route.through(entry, kind, more);
    // Whatever else is answered ends the question: after a wrong answer it goes direct.
    send({ type: "proxied" });
    return taken;
  }

  get #entry(): RemoteEntry {
    const { current } = this.cursor;
    if (!current) throw new Error("No entry is chosen");
    return current;
  }

  #ask(question: string): void {
    this.#host.prompts.tell(question.slice(0, BUFFER - 1));
  }

  #loadCertificate(next: () => void): void {
    if (this.key) this.key.load(next, () => this.#host.die("Cannot load inline certificate file"));
    else next();
  }

  #loadKey(next: () => void): void {
    const { options, voice } = this.#host;
    if (options.keyPassword === undefined) {
      next();
      return;
    }
    this.credentials.askKey("Private Key", (password) => {
      if (password === options.keyPassword) next();
      else {
        voice.say(">PASSWORD:Verification Failed: 'Private Key'");
        this.#keyFailed();
      }
    });
  }

  #openToken(next: () => void): void {
    const { options, prompts } = this.#host;
    if (!options.pkcs11) {
      next();
      return;
    }
    const host = {
      prompts,
      askPin: (type: string, known: (pin: string) => void) => this.credentials.askKey(type, known),
    };
    openToken(options.pkcs11, host, (opened) => (opened ? next() : this.#keyFailed()));
  }

  #keyFailed(): void {
    const { settings, die, failed } = this.#host;
    if (settings.authRetry === "none") {
      die("Error: private key password verification failed");
      return;
    }
    if (settings.authRetry === "interact") this.credentials.purge("all");
    failed("private-key-password-failure");
  }
}
