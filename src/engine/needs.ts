import type { Expression } from "../rules/cel/types.ts";
import type { Rule, Rulebook, Step } from "../rules/rulebook.ts";
import { EVENTS } from "../rules/vocabulary/events.ts";

/** What the rules make it necessary to ask of OpenVPN. */
export interface Needs {
  readonly log: boolean;
  /** A rule answers for logins: a refused one must be asked again. */
  readonly login: boolean;
  /** The interval of BYTECOUNT where the rulebook gives none, ms; 0: nothing reads traffic. */
  readonly bytecount: number;
}

/** How often OpenVPN tells traffic, ms; whoever is cut by it is cut soon. */
const USUAL_INTERVAL = 5_000;
const QUOTA_INTERVAL = 1_000;

/** What is read of traffic, of the daemon or of its clients. */
const TRAFFIC = ["daemon.rate", "client.bytes_in", "client.bytes_out", "client.idle_for", "clients"];

/** What the rules listen to and read decides what OpenVPN is asked to tell. */
export function needsOf(rulebook: Rulebook): Needs {
  const rules = rulebook.rules.filter((rule) => rule.enabled);
  const listened = new Set(
    rules.flatMap((rule) => rule.on.map((selector) => ("event" in selector ? selector.event : ""))),
  );
  // Rules about clients may look at their traffic in any of their texts.
  const clients = [...listened].some((event) => EVENTS[event]?.client);
  const reads = listened.has("BYTECOUNT") || clients || readsTraffic(rulebook);
  return {
    log: listened.has("LOG"),
    login: rules.some(answersLogin),
    bytecount: rulebook.quotas.length > 0 ? QUOTA_INTERVAL : reads ? USUAL_INTERVAL : 0,
  };
}

/** A rule that may answer for the login to the server. */
function answersLogin({ on, where, answer, shadow }: Rule): boolean {
  const isOnIt = on.some((selector) => "event" in selector && selector.event === "PASSWORD:NEED");
  const realm = where.find(({ path }) => path.join(".") === "realm");
  return isOnIt && answer !== undefined && !shadow && (!realm?.equals || realm.equals.includes("Auth"));
}

function readsTraffic(rulebook: Rulebook): boolean {
  const expressions = [
    ...rulebook.rules.flatMap((rule) => [rule.when, rule.key, ...rule.do.flatMap(chosenBy)]),
    ...rulebook.remotes.flatMap((group) => [group.failback?.when, group.prefer]),
    ...Object.values(rulebook.counters).map((counter) => counter.key),
  ];
  const matched = new Set(rulebook.rules.flatMap((rule) => rule.where.map(({ path }) => path.join("."))));
  return TRAFFIC.some(
    (path) => matched.has(path) || expressions.some((expression) => expression?.reads.has(path)),
  );
}

/** What chooses the clients of a for-each. */
function chosenBy(step: Step): (Expression | undefined)[] {
  return "clients" in step ? [step.clients, step.orderBy] : [];
}
