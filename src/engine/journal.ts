import type { Event } from "../model/event.ts";
import { EVENTS } from "../rules/vocabulary/events.ts";
import type { Redactor } from "../util/secret.ts";

export type JournalKind =
  "attached" | "lost" | "blocked" | "event" | "decision" | "command" | "action" | "reload" | "error";

/** One line of the journal (`cli.md`, "The journal"). Keys are kebab-case, as people read them. */
export interface JournalRecord {
  readonly at: string;
  readonly id: string;
  readonly daemon?: string;
  readonly kind: JournalKind;
  readonly [key: string]: unknown;
}

export type JournalSink = (record: JournalRecord, json: string) => void;

export interface JournalDeps {
  readonly now: () => number;
  readonly id: () => string;
  readonly redactor: Redactor;
  readonly sinks: readonly JournalSink[];
  /** Runs work a little later: records are made before a command is sent, masking and writing them can wait until it has gone. */
  readonly soon: (work: () => void) => void;
}

/** Gives records their time and id, masks secrets, hands them to the sinks in order. */
export class Journal {
  readonly #deps: JournalDeps;
  #waiting: { readonly at: number; readonly rest: Omit<JournalRecord, "at"> }[] = [];

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /** Returns the record's id, which later records name as their `cause`. */
  write(
    kind: JournalKind,
    daemon: string | undefined,
    fields: Readonly<Record<string, unknown>>,
    id = this.#deps.id(),
  ): string {
    const rest = { id, ...(daemon === undefined ? {} : { daemon }), kind, ...fields };
    this.#waiting.push({ at: this.#deps.now(), rest });
    if (this.#waiting.length === 1) this.#deps.soon(() => this.flush());
    return id;
  }

  /** Hands over what waits. */
  flush(): void {
    const records = this.#waiting;
    this.#waiting = [];
    for (const { at, rest } of records) {
      const masked = this.#masked({ at: new Date(at).toISOString(), ...rest }) as JournalRecord;
      const json = JSON.stringify(masked);
      for (const sink of this.#deps.sinks) sink(masked, json);
    }
  }

  /** Texts are masked before they become JSON: a secret that looks like a number must not break a number. */
  #masked(value: unknown): unknown {
    if (typeof value === "string") return this.#deps.redactor.mask(value);
    if (Array.isArray(value)) return value.map((entry) => this.#masked(entry));
    // What writes itself (a Secret, a Date) is asked first.
    if (typeof value === "object" && value !== null) {
      const own = (value as { toJSON?: () => unknown }).toJSON?.();
      if (own !== undefined) return this.#masked(own);
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.#masked(entry)]));
    }
    return value;
  }
}

/** An event as the journal shows it: its type, then its fields; those that are as good as a secret are masked. */
export function eventRecord({ type, fields }: Event): Record<string, unknown> {
  const shown: Record<string, unknown> = { type, ...fields };
  for (const [name, { masked }] of Object.entries(EVENTS[type]?.fields ?? {}))
    if (masked && shown[name] !== undefined) shown[name] = "<redacted>";
  return shown;
}
