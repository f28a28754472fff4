import { CANDIDATE_FIELDS, CLIENT_FIELDS, DAEMON_FIELDS, REMOTE_FIELDS } from "../vocabulary/scopes.ts";
import { COMMON_FIELDS, EVENTS } from "../vocabulary/events.ts";
import { standardFunctions, type Names } from "./functions.ts";
import { ANY, listOf, record, TEXT, TIME, unify } from "./kinds.ts";
import type { Field, Fields, FunctionSpec, Scope, Type } from "./types.ts";

/** What a rulebook declares, as far as expressions can name it. */
export interface Declared {
  readonly params: Fields;
  readonly vars: Fields;
  /** The names under `lists:`. */
  readonly lists: readonly string[];
  readonly names: Names;
  /** Functions of plugins by their dotted names. */
  readonly plugins: Readonly<Record<string, FunctionSpec>>;
}

export interface EventScopeOptions extends Declared {
  /** The events of the rule. A name outside the vocabulary is an event of one's own, whose fields are not known. */
  readonly events: readonly string[];
}

/** One client of a server. */
export const CLIENT = record("client", CLIENT_FIELDS);

/** What expressions of a rule may name: event, daemon, remote, client, clients, vars, now, params, lists. */
export function eventScope(options: EventScopeOptions): Scope {
  const { events } = options;
  const global = events.some((name) => eventSpec(name)?.global === true);
  return {
    variables: {
      event: { type: eventType(events), about: "what happened" },
      daemon: {
        type: record("daemon", DAEMON_FIELDS),
        about: "the event's daemon",
        ...(global ? { optional: true } : {}),
      },
      remote: { type: record("remote", REMOTE_FIELDS), optional: true, about: "the last answered attempt" },
      ...clientsOf(events, global),
      ...common(options),
    },
    functions: { ...standardFunctions(options.names), ...options.plugins },
  };
}

/** `client` where an event may be about one (own events may), and `clients`. */
function clientsOf(events: readonly string[], global: boolean): Fields {
  const specs = events.map(eventSpec);
  const some = specs.some((spec) => !spec || spec.client || spec.account);
  const all = specs.every((spec) => spec?.client);
  const optional = global ? { optional: true } : {};
  return {
    ...(some
      ? { client: { type: CLIENT, about: "the event's client", ...(all ? {} : { optional: true }) } }
      : {}),
    clients: { type: listOf(CLIENT), about: "the clients of the daemon whose tunnels are up", ...optional },
  };
}

export interface CandidateScopeOptions extends Declared {
  /** Where an event is at hand too: the events it can be. */
  readonly events?: readonly string[];
}

/** What expressions of a `remotes:` group may name: daemon, candidate, vars, now, params, lists. */
export function candidateScope(options: CandidateScopeOptions): Scope {
  const { events } = options;
  return {
    variables: {
      ...(events ? { event: { type: eventType(events), about: "what happened" } } : {}),
      daemon: { type: record("daemon", DAEMON_FIELDS), about: "the daemon of the group" },
      candidate: { type: record("candidate", CANDIDATE_FIELDS), about: "the candidate that is looked at" },
      ...common(options),
    },
    functions: { ...standardFunctions(options.names), ...options.plugins },
  };
}

/** What expressions of a quota may name: client, daemon, vars, now, params, lists. Use is not among it: it depends on what these say. */
export function quotaScope(declared: Declared): Scope {
  const { quota: _, ...functions } = standardFunctions(declared.names);
  return {
    variables: {
      client: { type: CLIENT, about: "the client that is charged" },
      daemon: { type: record("daemon", DAEMON_FIELDS), about: "its daemon" },
      ...common(declared),
    },
    functions: { ...functions, ...declared.plugins },
  };
}

function common({ params, vars, lists }: Declared): Fields {
  const texts: Field = { type: listOf(TEXT) };
  return {
    vars: { type: record("vars", vars), about: "the variables of the rulebook" },
    now: { type: TIME, about: "the time" },
    params: { type: record("params", params), about: "the parameters of the rulebook" },
    lists: {
      type: record("lists", Object.fromEntries(lists.map((name) => [name, texts]))),
      about: "its lists",
    },
  };
}

/** The type of `event`. With several events a field must be in at least one; it is optional unless it is in all. */
export function eventType(events: readonly string[]): Type {
  const tables: Fields[] = [];
  for (const name of events) {
    const spec = eventSpec(name);
    if (!spec) return ANY;
    tables.push({ ...COMMON_FIELDS, ...spec.fields });
  }
  const fields: Record<string, Field> = {};
  for (const name of new Set(tables.flatMap((table) => Object.keys(table)))) {
    const found = tables.flatMap((table) => table[name] ?? []);
    const [first] = found;
    if (!first) continue;
    const type = found.reduce<Type>((both, field) => unify(both, field.type) ?? ANY, first.type);
    const optional = found.length < tables.length || found.some((field) => field.optional === true);
    fields[name] = { ...first, type, ...(optional ? { optional } : {}) };
  }
  return record(events.length === 1 ? `event ${events[0]}` : "event", fields);
}

function eventSpec(name: string): (typeof EVENTS)[string] | undefined {
  return Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
}
