import type { Blocks } from "./blocks.ts";
import { isTcp } from "./endpoint.ts";
import type { ServerHost } from "./server-host.ts";
import { noteOf } from "./server-host.ts";
import type { ServerLog } from "./server-log.ts";
import type { Session } from "./session.ts";

/** The ways in which clients go (protocol notes, sections 7.4 and 7.5). */
export class Farewell {
  readonly #host: ServerHost;
  readonly #blocks: Blocks;
  readonly #log: ServerLog;

  constructor(host: ServerHost, blocks: Blocks, log: ServerLog) {
    this.#host = host;
    this.#blocks = blocks;
    this.#log = log;
  }

  /** AUTH_FAILED, and the end some seconds later; it is told `after` so many ms. */
  refuse(session: Session, after: number, reason?: string): void {
    session.waiting = false;
    session.allowed = false;
    session.disarm("answer");
    session.arm("told", this.#host.settings.clock, after, () =>
      this.sendAway(session, reason === undefined || reason === "" ? "AUTH_FAILED" : `AUTH_FAILED,${reason}`),
    );
  }

  /** As `refuse`, at the time that OpenVPN takes to look at a client that a controller denied. */
  deny(session: Session, reason?: string): void {
    this.refuse(session, this.#host.settings.chance.wake(session.cid), reason);
  }

  /** Says so to the client, which stays until the delay is over, even if it ignores it. */
  sendAway(session: Session, message: string): void {
    this.#leave(session);
    this.#log.sent(session, message);
    session.visitor.hear(message);
  }

  /** The client said that it goes: no client is named to the controller. */
  exits(session: Session): void {
    this.#host.say(">NOTIFY:info,remote-exit,EXIT");
    this.#leave(session);
  }

  /** Gone at once, without a word to the client. */
  close(session: Session): void {
    if (session.closed) return;
    session.end();
    this.#host.roster.delete(session);
    if (session.announced) {
      if (session.established) session.total(this.#host.seconds);
      this.#blocks.disconnect(session, session.established);
    }
    if (isTcp(this.#host.settings.protocol)) session.visitor.closed?.();
  }

  /** Gone once nothing was heard for twice the time that clients have. */
  watch(session: Session): void {
    const { clock, keepalive } = this.#host.settings;
    const patience = 2 * keepalive[1] * 1000;
    if (patience === 0) return;
    session.arm("silent", clock, session.heardAt + patience - clock.now(), () => {
      if (clock.now() < session.heardAt + patience) this.watch(session);
      else {
        noteOf(
          this.#host,
          session,
          "I",
          `[${session.commonName}] Inactivity timeout (--ping-restart), restarting`,
        );
        this.close(session);
      }
    });
  }

  #leave(session: Session): void {
    if (session.leaving) return;
    const { clock, chance } = this.#host.settings;
    session.leaving = true;
    noteOf(this.#host, session, "", "Delayed exit in 5 seconds");
    session.arm("gone", clock, chance.grace(session.cid), () => {
      noteOf(this.#host, session, "", "SIGTERM[soft,delayed-exit] received, client-instance exiting");
      this.close(session);
    });
  }
}
