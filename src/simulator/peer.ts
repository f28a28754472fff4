import type { Clock } from "../util/clock.ts";

/** What a server sends with its yes. */
export interface Pushed {
  /** --echo lines for the controller. */
  readonly echo?: readonly string[];
  /** Stands for the password from then on. */
  readonly token?: string;
  /** Of the tunnel. */
  readonly address?: string;
  readonly address6?: string;
  /** Whether there are routes to set: a state of its own. */
  readonly routes?: boolean;
}

/** A login as it reaches the server. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** Told of each `cr-response`. */
  responded: (text: string) => void;
}

/** What a server may do to a client. */
export interface Session {
  /** A yes that comes within `Peer.login` takes effect at once, a later one with the client's next push request. */
  accept(pushed?: Pushed): void;
  /** AUTH_FAILED, with what stands behind it: a text, `TEMP[…]: …`, `CRV1:…`. It may come as late as it likes. */
  deny(reason?: string): void;
  /** AUTH_PENDING, with its keywords as in `timeout 60`. */
  pending(keywords?: string): void;
  /** INFO_PRE: `CR_TEXT:…`, `WEB_AUTH:…`, `OPEN_URL:…`. */
  info(text: string): void;
  /** RESTART, with what stands behind it, as in `[N]try next`. */
  reset(message?: string): void;
  halt(message?: string): void;
  /** The server ends in good order. */
  exit(): void;
}

/** The other side of a client's logins. */
export interface Peer {
  login(login: Login, session: Session): void;
}

/** Logins as a server of this kind wants them; what is not said is not looked at. */
export interface Demands {
  /** Names and their passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Right answer to the static challenge of the client. */
  readonly staticAnswer?: string;
  /** A second question, put by a refusal (CRV1). */
  readonly challenge?: { readonly text: string; readonly answer: string; readonly echo?: boolean };
  /** A second question, or a page to open, put while the login waits; without an answer only the wait ends it. */
  readonly pending?: {
    readonly info: string;
    /** As the controller encodes it in `cr-response`. */
    readonly answer?: string;
    /** ms */
    readonly wait: number;
  };
  /** What the client is told of a refusal. */
  readonly reason?: string;
  /** How long the server thinks, ms. */
  readonly delay?: number;
  readonly pushed?: Pushed;
}

const STATE = "c2ltdWxhdGVk";

/** A server that lets in whoever meets its demands. */
export function demanding(demands: Demands, clock: Clock): Peer {
  const { delay = 0, pushed, reason, pending } = demands;
  const later = (then: () => void): void => {
    if (delay > 0) clock.after(delay, then);
    else then();
  };
  return {
    login: (login, session) =>
      later(() => {
        const verdict = judged(demands, login);
        if (verdict === "challenge") session.deny(crv1(demands, login.username));
        else if (!verdict) session.deny(reason);
        else if (pending) awaitAnswer(pending, login, session);
        else session.accept(pushed);
      }),
  };

  function awaitAnswer(
    { info, answer, wait }: NonNullable<Demands["pending"]>,
    login: Login,
    session: Session,
  ): void {
    session.pending(`timeout ${Math.ceil(wait / 1000)}`);
    session.info(info);
    const end = clock.after(wait, () =>
      answer === undefined ? session.accept(pushed) : session.deny(reason),
    );
    login.responded = (text) => {
      if (answer === undefined) return;
      end.cancel();
      if (text === answer) session.accept(pushed);
      else session.deny(reason);
    };
  }
}

function judged(
  { users, staticAnswer, challenge }: Demands,
  { username, password }: Login,
): boolean | "challenge" {
  const answered = /^CRV1::[^:]*::(.*)$/.exec(password)?.[1];
  if (answered !== undefined) return challenge !== undefined && answered === challenge.answer;
  const right = users?.[username];
  if (users && right === undefined) return false;
  if (staticAnswer !== undefined) {
    const expected = [right ?? "", staticAnswer].map((text) =>
      Buffer.from(text, "latin1").toString("base64"),
    );
    if (password !== `SCRV1:${expected.join(":")}` && password !== `${right ?? ""}${staticAnswer}`)
      return false;
  } else if (right !== undefined && password !== right) return false;
  return challenge ? "challenge" : true;
}

function crv1({ challenge }: Demands, username: string): string {
  const name = Buffer.from(username, "latin1").toString("base64");
  return `CRV1:R${challenge?.echo === true ? ",E" : ""}:${STATE}:${name}:${challenge?.text ?? ""}`;
}
