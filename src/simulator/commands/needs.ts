import type { History } from "../history.ts";
import type { Questions } from "../questions.ts";
import type { SignalName } from "../signals.ts";
import type { Slot } from "../slot.ts";
import type { Version } from "../version.ts";
import type { Block } from "./dispatch.ts";

/** What any daemon tells of itself. */
export interface Told {
  readonly pid: number;
  readonly version: Version;
  /** Bytes of the whole process, and clients there are; 0 but in servers. */
  readonly load: { readonly clients: number; readonly in: number; readonly out: number };
  /** The lines of `status n`; an error has no END. */
  status(format: number): readonly string[];
}

export interface Histories {
  readonly state: History;
  readonly log: History;
  readonly echo: History;
}

/** What is kept for whoever asks. */
export interface Settings {
  verb: number;
  mute: number;
  authRetry: string;
  envFilter: number;
  /** What `version n` said the controller understands. */
  clientVersion: number;
  readonly version: Version;
}

export interface Holding {
  readonly flags: { hold: boolean };
  release(): void;
}

export interface Signalled {
  readonly version: Version;
  readonly held: boolean;
  /** The question that is open, as it was told. */
  readonly question: string | undefined;
  /** What SIGUSR1 stands for here (--remap-usr1). */
  readonly usr1: SignalName;
  signal(name: SignalName): void;
}

/** Questions for passwords and the like. */
export interface Asked {
  readonly questions: Questions;
  readonly version: Version;
  readonly clientVersion: number;
  forgetPasswords(): void;
}

/** Keys and certificates that lie elsewhere. */
export interface External {
  /** Undefined when none is asked for. */
  signature(): Block | undefined;
  certificate(): Block | undefined;
  /** The identities of PKCS#11; undefined: looking for them so early ends the process. */
  identities(): readonly { readonly id: string; readonly blob: string }[] | undefined;
}

export interface Metered {
  /** Tell the bytes through the tunnel every so many seconds; 0: do not. */
  bytecount(seconds: number): void;
}

export interface Dismissing {
  readonly slot: Pick<Slot, "dismiss">;
}

/** What the commands of all daemons need. */
export type Common = Told &
  Histories &
  Settings &
  Holding &
  Signalled &
  Asked &
  External &
  Metered &
  Dismissing;
