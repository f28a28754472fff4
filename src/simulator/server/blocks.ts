import { infoLines, INVALID_INFO, isValidInfo } from "./peer-info.ts";
import { noteOf, type ServerHost } from "./server-host.ts";
import type { Session } from "./session.ts";

/** The `>CLIENT:` blocks of a server. */
export class Blocks {
  readonly #host: ServerHost;

  constructor(host: ServerHost) {
    this.#host = host;
  }

  /** CONNECT, REAUTH and CR_RESPONSE; `kind` with all that stands behind the KID. */
  asking(kind: "CONNECT" | "REAUTH" | "CR_RESPONSE", session: Session, text?: string): void {
    const more = text === undefined ? "" : `,${text}`;
    this.#begin(`${kind},${session.cid},${session.kid}${more}`);
    this.#count();
    if (this.#host.envFilter > 0) this.#info(session);
    this.#environment(session);
  }

  established(session: Session): void {
    this.#begin(`ESTABLISHED,${session.cid}`);
    this.#count();
    this.#environment(session);
  }

  /** Nothing is told of a client that never came so far as to have totals. */
  disconnect(session: Session, totals: boolean): void {
    this.#begin(`DISCONNECT,${session.cid}`);
    if (totals) this.#environment(session);
    else this.#end();
  }

  /** A single line, without an environment. */
  address(session: Session, address: string, primary: boolean): void {
    this.#host.say(`>CLIENT:ADDRESS,${session.cid},${address},${primary ? 1 : 0}`);
  }

  #begin(head: string): void {
    this.#host.say(`>CLIENT:${head}`);
  }

  #count(): void {
    if (this.#host.envFilter === 0) this.#env(`n_clients=${this.#host.roster.established}`);
  }

  /** A client can bring a line of the log into the middle of the block. */
  #info(session: Session): void {
    for (const line of infoLines(session.visitor.peerInfo))
      if (isValidInfo(line)) this.#env(line);
      else noteOf(this.#host, session, "", INVALID_INFO);
  }

  #environment(session: Session): void {
    for (const line of session.environment.filtered(this.#host.envFilter)) this.#env(line);
    this.#end();
  }

  #env(line: string): void {
    this.#host.say(`>CLIENT:ENV,${line}`);
  }

  #end(): void {
    this.#env("END");
  }
}
