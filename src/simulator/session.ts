import type { Clock, Timer } from "../util/clock.ts";
import type { Credentials } from "./credentials.ts";
import type { Login, Peer, Pushed, Session } from "./peer.ts";
import type { Version } from "./version.ts";

export interface SessionHost {
  readonly clock: Clock;
  readonly version: Version;
  readonly peer: Peer;
  readonly credentials: Credentials;
  /** What is done when a login fails. */
  readonly authRetry: string;
  readonly say: (line: string) => void;
  readonly phase: (name: string, detail?: string) => void;
  /** The server said yes: the tunnel is set up. */
  readonly up: (pushed: Pushed) => void;
  /** The login or the tunnel ends; `delay` in ms. */
  readonly ended: (reason: string, how: Ending) => void;
}

export interface Ending {
  readonly delay: number;
  /** The process ends with it. */
  readonly exits?: boolean;
  /** The next entry is asked; otherwise the same again. */
  readonly advance?: boolean;
  /** The server wants so long a pause, s. */
  readonly backoff?: number;
  /** The connect timeout ended it: no pause is advised. */
  readonly polled?: boolean;
}

/** The client asks for its settings when it is up for this long, and again after each interval, ms. */
const FIRST_REQUEST = 1_030;
const REQUESTS = 5_200;
/** The main loop sees to the end of a tunnel that is up after this, ms. */
const LOOP = 15;
/** >INFOMSG is made in a buffer of this size; what does not fit is not told. */
const INFO_BUFFER = 256;

/** What a client and its server have to say to each other once the keys are exchanged. */
export class ClientSession implements Session {
  readonly #host: SessionHost;
  readonly #began: number;
  #state: "login" | "accepted" | "up" | "over" = "login";
  #pushed: Pushed = {};
  #timer: Timer | undefined;
  #login: Login | undefined;

  /** `began`: when the first packet went out, ms. */
  constructor(host: SessionHost, began: number) {
    this.#host = host;
    this.#began = began;
  }

  /** The keys are exchanged: the login goes to the server. */
  start(): void {
    const { clock, credentials, peer, version } = this.#host;
    const login: Login = { ...credentials.take(), responded: () => undefined };
    this.#login = login;
    peer.login(login, this);
    // A yes that is there at once needs no request, unless the version is old.
    if (this.#state === "accepted" && version.pushesUnasked) this.#push();
    else if (this.#state === "login" || this.#state === "accepted") {
      const wait = this.#began + FIRST_REQUEST - clock.now();
      this.#timer = clock.after(Math.max(0, wait), () => {
        this.#host.phase("GET_CONFIG");
        this.#request();
      });
    }
  }

  stop(): void {
    this.#state = "over";
    this.#timer?.cancel();
  }

  /** `cr-response` of the controller. */
  respond(text: string): void {
    this.#login?.responded(text);
  }

  accept(pushed: Pushed = {}): void {
    if (this.#state !== "login") return;
    this.#pushed = pushed;
    this.#state = "accepted";
  }

  deny(reason?: string): void {
    if (this.#state === "over") return;
    const { credentials, authRetry, say } = this.#host;
    const told = reason === undefined ? "" : ` ['${reason}']`;
    const delay = this.#delay();
    this.stop();
    say(`>PASSWORD:Verification Failed: 'Auth'${told}`);
    if (reason?.startsWith("TEMP") === true) {
      const text = "auth-temp-failure (server temporary reject)";
      this.#host.ended(text, { delay, ...temporary(reason) });
    } else if (credentials.token !== undefined) {
      credentials.token = undefined;
      this.#host.ended("auth-failure (auth-token)", { delay });
    } else {
      if (authRetry === "interact") credentials.purge("all");
      this.#host.ended("auth-failure", { delay, exits: authRetry === "none" });
    }
  }

  pending(keywords = ""): void {
    if (this.#state === "login" && this.#host.version.showsPendingAuth)
      this.#host.phase("AUTH_PENDING", keywords);
  }

  info(text: string): void {
    const line = `>INFOMSG:${text}`;
    if (this.#state !== "over" && this.#host.version.hasPendingAuth && line.length < INFO_BUFFER)
      this.#host.say(line);
  }

  reset(message = ""): void {
    this.#signalled("server-pushed-connection-reset", message, false);
  }

  halt(message = ""): void {
    this.#signalled("server-pushed-halt", message, true);
  }

  exit(): void {
    if (this.#state === "over") return;
    this.stop();
    this.#host.say(">NOTIFY:info,remote-exit,EXIT");
    this.#host.ended("remote-exit", { delay: LOOP });
  }

  /** RESTART and HALT make the login be forgotten, and the same entry be taken, unless they say otherwise. */
  #signalled(reason: string, message: string, exits: boolean): void {
    if (this.#state === "over") return;
    const delay = this.#delay();
    this.stop();
    const flags = /^\[([^\]]*)/.exec(message)?.[1] ?? "";
    if (!flags.includes("P")) this.#host.credentials.purge("login");
    this.#host.say(`>NOTIFY:info,${reason},${message}`);
    this.#host.ended(reason, { delay, exits, advance: flags.includes("N") });
  }

  #request(): void {
    if (this.#state === "accepted") this.#push();
    else if (this.#state === "login") this.#timer = this.#host.clock.after(REQUESTS, () => this.#request());
  }

  #push(): void {
    this.#state = "up";
    this.#timer?.cancel();
    this.#host.up(this.#pushed);
  }

  #delay(): number {
    return this.#state === "up" ? LOOP : 0;
  }
}

/** The flags of `TEMP[backoff 3,advance no]: …`. */
function temporary(reason: string): { backoff?: number; advance?: boolean } {
  const flags = (/^TEMP\[([^\]]*)\]/.exec(reason)?.[1] ?? "").split(",");
  const backoff = flags.map((flag) => /^backoff (\d+)/.exec(flag)?.[1]).find((found) => found !== undefined);
  const advance = flags.some((flag) => flag === "advance remote" || flag === "advance addr");
  return { ...(backoff === undefined ? {} : { backoff: Number(backoff) }), advance };
}
