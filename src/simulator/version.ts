/** What is simulated unless said otherwise: the version that the recordings were made with. */
export const USUAL = "2.6.14";

/**
 * A version of OpenVPN, and all that its management interface does differently from others (protocol notes, section 9).
 * Whoever needs to know which version it is asks here, by the name of the difference.
 */
export class Version {
  readonly text: string;
  readonly #parts: readonly number[];

  constructor(text: string = USUAL) {
    this.text = text;
    this.#parts = parts(text);
  }

  /** As it names itself: in the reply to `version`, on top of `help`, and in `status`. */
  get title(): string {
    const dco = this.atLeast("2.6.0") ? " [DCO]" : "";
    const pktinfo = this.atLeast("2.3.0") ? " [MH/PKTINFO]" : "";
    return `OpenVPN ${this.text} x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZO] [LZ4] [EPOLL] [PKCS11]${pktinfo} [AEAD]${dco}`;
  }

  /** Number of the management protocol. */
  get management(): 1 | 3 | 4 | 5 | 6 {
    if (this.atLeast("2.7.2")) return 6;
    if (this.atLeast("2.6.2")) return 5;
    if (this.atLeast("2.6.0")) return 4;
    return this.atLeast("2.5.0") ? 3 : 1;
  }

  /** `version n` sets what the controller understands; before, the number is ignored and the version told. */
  get takesClientVersion(): boolean {
    return this.atLeast("2.5.0");
  }

  /** From this `version n` on the number is acknowledged; undefined: never. */
  get acknowledgesFrom(): number | undefined {
    return this.atLeast("2.7.1") ? 4 : undefined;
  }

  /** `>HOLD` tells how long it would have paused. */
  get holdTellsSeconds(): boolean {
    return this.atLeast("2.4.0");
  }

  /** The error for an unknown command repeats it. */
  get namesUnknownCommand(): boolean {
    return this.atLeast("2.7.0");
  }

  /** A signal that is refused in a hold is answered; before, only the question is asked again. */
  get answersIgnoredSignal(): boolean {
    return this.atLeast("2.5.8");
  }

  /** `remote SKIP n` passes over n entries; before, over one. */
  get skipsMany(): boolean {
    return this.atLeast("2.6.0");
  }

  /** With questions for remotes and for proxies both asked for, both come; later ones ask for the remote only. */
  get asksRemoteAndProxy(): boolean {
    return !this.atLeast("2.4.0");
  }

  /** STATE has the addresses and ports of both ends. */
  get stateTellsEnds(): boolean {
    return this.atLeast("2.4.0");
  }

  /** A client goes on counting bytes for a controller that has not asked for it. */
  get bytecountOutlivesController(): boolean {
    return !this.atLeast("2.6.20");
  }

  /** What --management-signal and the like do when a controller goes happens for one that never gave the password too. */
  get disconnectActsUnauthenticated(): boolean {
    return !this.atLeast("2.6.18");
  }

  /** The flags of a static challenge have a second bit: the answer is appended to the password. */
  get challengeConcatenates(): boolean {
    return this.atLeast("2.7.0");
  }

  /** The user's name may be asked alone, of controllers of this client version or a later one; undefined: never. */
  get asksUsernameFrom(): number | undefined {
    return this.atLeast("2.7.1") ? 4 : undefined;
  }

  /** Lines of base64 may follow `password TYPE`, of controllers of this client version or a later one; undefined: never. */
  get multilinePasswordFrom(): number | undefined {
    return this.atLeast("2.7.2") ? 5 : undefined;
  }

  /** An empty password is an answer; before, it leaves the question open. */
  get takesBlankPassword(): boolean {
    return this.atLeast("2.6.0");
  }

  /** The server wants a challenge answered while the login is pending. */
  get hasPendingAuth(): boolean {
    return this.atLeast("2.5.0");
  }

  /** The server sends its settings as soon as it says yes, without being asked. */
  get pushesUnasked(): boolean {
    return this.atLeast("2.6.0");
  }

  /** A login that is pending is a state of its own. */
  get showsPendingAuth(): boolean {
    return this.atLeast("2.6.0");
  }

  /** Signatures are asked as PK_SIGN, of controllers of this client version or a later one; undefined: never. */
  get pkSignFrom(): number | undefined {
    return this.atLeast("2.5.0") ? 2 : undefined;
  }

  /** Whether it is `other`, as in 2.6.14, or a later one. */
  atLeast(other: string): boolean {
    const theirs = parts(other);
    for (const [i, part] of theirs.entries()) {
      const own = this.#parts[i] ?? 0;
      if (own !== part) return own > part;
    }
    return true;
  }
}

function parts(text: string): number[] {
  return text.split(/[._]/).map((part) => Number.parseInt(part, 10) || 0);
}
