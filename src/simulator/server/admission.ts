import type { Arrival } from "./arrival.ts";
import type { Blocks } from "./blocks.ts";
import { type Certificate, certificateOf } from "./certificate.ts";
import { type ClientConfig, NO_CONFIG } from "./client-config.ts";
import type { Environment } from "./environment.ts";
import type { Farewell } from "./farewell.ts";
import type { Meter } from "./meter.ts";
import { noteOf, type ServerHost } from "./server-host.ts";
import type { ServerLog } from "./server-log.ts";
import { Session } from "./session.ts";
import type { Login, Tunnel, Visitor } from "./visitor.ts";

/** Who is let in: what clients ask, and what the controller answers. */
export class Admission {
  readonly #host: ServerHost;
  readonly #parts: { blocks: Blocks; log: ServerLog; farewell: Farewell; meter: Meter; arrival: Arrival };
  readonly #authority: Certificate;

  constructor(
    host: ServerHost,
    parts: { blocks: Blocks; log: ServerLog; farewell: Farewell; meter: Meter; arrival: Arrival },
  ) {
    this.#host = host;
    this.#parts = parts;
    this.#authority = certificateOf(host.settings.authority);
  }

  /** A client has made its handshake. One without a login that should have one is dropped, and nobody hears of it. */
  knock(visitor: Visitor, base: Environment): Tunnel | undefined {
    const { roster, settings } = this.#host;
    const { log, farewell } = this.#parts;
    const session = new Session(roster.nextCid(), roster.nextPeerId(), visitor, base, settings.clock.now());
    log.knocks(session);
    if (settings.clientAuth && !visitor.login && !settings.authUserPassOptional) {
      noteOf(this.#host, session, "N", "TLS Error: Auth Username/Password was not provided by peer");
      noteOf(this.#host, session, "N", "TLS Error: TLS handshake failed");
      return undefined;
    }
    roster.add(session);
    this.#parts.meter.shaken(session);
    farewell.watch(session);
    this.#shake(session, "CONNECT");
    if (!settings.clientAuth) session.allowed = true;
    return this.#tunnel(session);
  }

  /** An answer of the controller's; false when it names a client or key that there is not. */
  answer(
    cid: number,
    kid: number,
    verdict: { config: ClientConfig } | { reason: string | undefined },
  ): boolean {
    const session = this.#host.roster.get(cid);
    if (!session?.knows(kid)) return false;
    if (!this.#host.settings.clientAuth || kid === 0) return true;
    if ("reason" in verdict) this.#parts.farewell.deny(session, verdict.reason);
    else if (session.waiting && kid === session.kid) {
      session.waiting = false;
      session.disarm("answer");
      if (!session.established) {
        session.allowed = true;
        session.config = verdict.config;
      }
    }
    return true;
  }

  /** Leaves the client waiting for `timeout` seconds more, with something to show to its user. */
  pend(session: Session, extra: string, timeout: number): void {
    const { handWindow, renegSec } = this.#host.settings;
    const seconds = Math.min(timeout, Math.max(handWindow, Math.floor(renegSec / 2)));
    session.visitor.hear(`AUTH_PENDING,timeout ${seconds}`);
    session.visitor.hear(`INFO_PRE,${extra}`);
    if (session.waiting) this.#expect(session, seconds);
  }

  #shake(session: Session, kind: "CONNECT" | "REAUTH"): void {
    const { clientAuth, handWindow, renegSec } = this.#host.settings;
    const { blocks, log } = this.#parts;
    const patience = renegSec > 0 ? Math.min(handWindow, renegSec / 2) : handWindow;
    session.shake(this.#authority, clientAuth);
    if (clientAuth) {
      session.announced = true;
      session.waiting = true;
      blocks.asking(kind, session);
      log.waits(session);
      this.#expect(session, patience);
    }
    session.environment.delete("password");
    log.shaken(session);
  }

  /** Without an answer a client is refused, and a running tunnel ends. */
  #expect(session: Session, seconds: number): void {
    session.arm("answer", this.#host.settings.clock, seconds * 1000, () =>
      this.#parts.farewell.refuse(session, 0),
    );
  }

  #renegotiate(session: Session, login: Login | undefined): void {
    session.renegotiate(login);
    this.#parts.log.knocks(session);
    this.#shake(session, "REAUTH");
  }

  #tunnel(session: Session): Tunnel {
    const { clock, protocol, clientAuth } = this.#host.settings;
    const { arrival, blocks, farewell, meter } = this.#parts;
    // What comes from a client that is gone is for nobody.
    const there = (act: () => void): void => {
      if (session.closed) return;
      session.heardAt = clock.now();
      act();
    };
    return {
      get alive() {
        return !session.closed;
      },
      requestPush: () =>
        there(() => {
          noteOf(this.#host, session, "", "PUSH: Received control message: 'PUSH_REQUEST'");
          if (session.rejected) farewell.sendAway(session, "AUTH_FAILED");
          else if (session.allowed && !session.established) arrival.establish(session);
        }),
      packet: (kind, bytesIn, bytesOut) =>
        there(() => {
          if (kind === "payload") for (const route of session.routes) route.lastRef = this.#host.seconds;
          meter.passed(session, bytesIn, bytesOut, kind !== "control");
        }),
      renegotiate: (login) => there(() => this.#renegotiate(session, login)),
      respond: (text) => there(() => clientAuth && blocks.asking("CR_RESPONSE", session, text)),
      exit: () => there(() => farewell.exits(session)),
      hangUp: () => {
        if (protocol.startsWith("tcp")) farewell.close(session);
      },
    };
  }
}

export const WELCOME: { config: ClientConfig } = { config: NO_CONFIG };
