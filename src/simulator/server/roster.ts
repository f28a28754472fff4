import type { Session } from "./session.ts";

/** The client instances of a server. CIDs begin at 0 with every start of the server. */
export class Roster {
  readonly #sessions = new Map<number, Session>();
  readonly #names = new Map<string, Set<Session>>();
  readonly #peerIds = new Set<number>();
  #nextCid = 0;
  /** No number below is free. */
  #lowest = 0;
  readonly #counted = new Set<Session>();

  /** Clients that have their tunnel, and those that were let in and `disable`d (seen on 2.6.14). */
  get established(): number {
    return this.#counted.size;
  }

  get all(): Session[] {
    return [...this.#sessions.values()];
  }

  /** In the order of OpenVPN's hash, which is nobody's. */
  get shuffled(): Session[] {
    return this.all
      .map((session) => ({ session, hash: hashOf(session) }))
      .toSorted((one, other) => one.hash - other.hash || one.session.cid - other.session.cid)
      .map(({ session }) => session);
  }

  nextCid(): number {
    return this.#nextCid++;
  }

  /** The lowest number that no client has. */
  nextPeerId(): number {
    while (this.#peerIds.has(this.#lowest)) this.#lowest++;
    return this.#lowest;
  }

  add(session: Session): void {
    this.#sessions.set(session.cid, session);
    this.#peerIds.add(session.peerId);
    const namesakes = this.#names.get(session.commonName) ?? new Set();
    this.#names.set(session.commonName, namesakes.add(session));
  }

  get(cid: number): Session | undefined {
    return this.#sessions.get(cid);
  }

  establish(session: Session): void {
    session.established = true;
    this.count(session);
  }

  count(session: Session): void {
    this.#counted.add(session);
  }

  delete(session: Session): void {
    if (!this.#sessions.delete(session.cid)) return;
    this.#peerIds.delete(session.peerId);
    this.#lowest = Math.min(this.#lowest, session.peerId);
    this.#counted.delete(session);
    const namesakes = this.#names.get(session.commonName);
    namesakes?.delete(session);
    if (namesakes?.size === 0) this.#names.delete(session.commonName);
  }

  /** Others of the same common name. */
  namesakes(session: Session): Session[] {
    return [...(this.#names.get(session.commonName) ?? [])].filter((other) => other !== session);
  }
}

function hashOf({ visitor: { endpoint } }: Session): number {
  return hashOfText(`${endpoint.ip}:${endpoint.port}`);
}

/** FNV-1a */
export function hashOfText(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}
