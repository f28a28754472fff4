import { resolve as resolvePath } from "node:path";
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { didYouMean, editDistance } from "../../util/suggest.ts";
import { eventType } from "../cel/scope.ts";
import { compileMatcher } from "../matchers.ts";
import type { EventSelector, FieldMatcher, Rule } from "../rulebook.ts";
import { DAEMON_FIELDS, EVENTS, FUTURE_EVENTS, REMOTE_FIELDS } from "../vocabulary.ts";
import type { Type } from "../cel/types.ts";
import { readActions } from "./actions.ts";
import { answerSchema, readAnswer } from "./answers.ts";
import { commentTrap, type Context } from "./context.ts";
import { checkCron, checkZone } from "./declarations.ts";
import { duringShape, readDuring } from "./during.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { anything, bool, duration, number, oneOf, pairsOf, type Shape, short, table, text } from "./shape.ts";
import type { Part, World } from "./world.ts";

/** Stands for an event that is not known: its fields can be anything. */
const ANY_EVENT = "any.event";

const OWN_EVENT = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;

const answerShape: Shape<Node> = { expected: "an answer", schema: answerSchema, read: (node) => node as Node };

const scheduleShape = table(
  {
    schedule: { shape: text, required: true, about: "A cron pattern" },
    tz: { shape: text, about: "Time zone" },
    missed: { shape: oneOf("skip", "run"), about: "What was missed while no engine ran; skip" },
    once: { shape: bool, about: "Once, not once per daemon; false" },
  },
  { what: "A schedule" },
);

const fileShape = table({ file: { shape: text, required: true, about: "The file that is watched" } });

export const ruleShape = table(
  {
    id: { shape: text, required: true, about: "Unique name" },
    on: { shape: anything, required: true, about: "The event, or a list of them" },
    where: { shape: anything, about: "Fields and what they must match; all must hold" },
    when: { shape: expressionText, about: "A condition: an expression" },
    during: { shape: duringShape, about: "Only in these windows, or outside them with not" },
    for: { shape: duration({ min: 1 }), about: "It must stay so this long" },
    count: {
      shape: table({
        "at-least": { shape: number({ min: 1, max: 10_000 }), required: true, about: "This many times" },
        within: { shape: duration({ min: 1 }), required: true, about: "In this time" },
      }),
      about: "Only when it happens often",
    },
    throttle: {
      shape: table({
        times: { shape: number({ min: 1, max: 10_000 }), required: true, about: "Not more often than this" },
        per: { shape: duration({ min: 1 }), required: true, about: "In this time" },
        then: { shape: oneOf("drop", "digest"), about: "digest: the rest is one firing at the end; drop" },
      }),
      about: "Not too often",
    },
    key: { shape: expressionText, about: "For whom timing is kept apart: an expression" },
    answer: { shape: answerShape, about: "Decides a query" },
    do: { shape: anything, about: "A list of actions" },
    "on-error": { shape: oneOf("no-match", "default"), about: "When an expression fails; no-match" },
    observe: { shape: bool, about: "A rule on a query that only watches" },
    enabled: { shape: bool, about: "false: the rule is not there" },
    shadow: { shape: bool, about: "Decided and journalled, never carried out" },
    about: { shape: text, about: "What it is for" },
  },
  { what: "A rule", future: ["mode"] },
);

export function readRules(part: Part, world: World, index: { next: number }): Rule[] {
  const node = part.sections.get("rules");
  const found = node && part.context.resolve(node);
  if (!node) return [];
  if (!isSeq(found)) {
    part.context.error(node, "A list of rules was expected");
    return [];
  }
  return found.items.flatMap((item): Rule[] => {
    const rule = readRule(item as Node, part, world, index.next++);
    return rule ? [rule] : [];
  });
}

function readRule(node: Node, part: Part, world: World, index: number): Rule | undefined {
  const { context } = part;
  const spec = ruleShape.read(node, context);
  if (!spec) return undefined;
  const id = spec.get("id");
  if (id !== undefined) {
    if (!/^[a-z0-9-]+$/.test(id)) context.error(spec.at("id"), `'${short(id)}' is no id; a-z, 0-9 and - were expected`);
    world.declare("rule", id, spec.at("id"), context);
  }
  const on = spec.has("on") ? readEvents(spec.at("on"), part, world) : undefined;
  if (on === "future") return undefined;
  // What an unknown event carries is unknown too; all else can be looked at.
  const events = on?.map(typeOf) ?? [ANY_EVENT];
  const scope = world.eventScope(events);
  const expression = (key: "when" | "key", kind: "bool" | "text") =>
    spec.has(key) ? readExpression(spec.at(key), context, scope, { kind }) : undefined;
  const when = expression("when", "bool");
  const key = expression("key", "text");
  const during = spec.has("during") ? readDuring(spec.at("during"), context, world) : undefined;
  const queries = events.filter((event) => EVENTS[event]?.query);
  const answer = spec.has("answer")
    ? readAnswer(spec.at("answer"), { context, world, queries: queries.length === events.length ? queries : [], scope })
    : undefined;
  if (on) checkQuery(spec, events, queries, context);
  const count = spec.get("count");
  const throttle = spec.get("throttle");
  const [atLeast, within] = [count?.get("at-least"), count?.get("within")];
  const [times, per] = [throttle?.get("times"), throttle?.get("per")];
  const wait = spec.get("for");
  const about = spec.get("about");
  const actions = spec.has("do") ? readActions(spec.at("do"), { context, world, scope }) : [];
  const where = spec.has("where") ? readWhere(spec.at("where"), events, context, world) : [];
  if (!on) return undefined;
  if (!spec.has("do") && !spec.has("answer") && queries.length === 0 && !context.source.isBroken(spec.node))
    context.error(spec.node, "A rule needs do: or answer:, else it does nothing");
  return {
    id: id ?? "",
    index,
    position: context.position(node),
    on,
    where,
    ...(when ? { when } : {}),
    ...(during ? { during } : {}),
    ...(wait === undefined ? {} : { for: wait }),
    ...(atLeast !== undefined && within !== undefined ? { count: { atLeast, within } } : {}),
    ...(times !== undefined && per !== undefined ? { throttle: { times, per, then: throttle?.get("then") ?? "drop" } } : {}),
    ...(key ? { key } : {}),
    ...(answer ? { answer } : {}),
    do: actions,
    onError: spec.get("on-error") ?? "no-match",
    observe: spec.get("observe") ?? false,
    enabled: spec.get("enabled") ?? true,
    shadow: spec.get("shadow") ?? false,
    ...(about === undefined ? {} : { about }),
  };
}

function checkQuery(
  spec: NonNullable<ReturnType<typeof ruleShape.read>>,
  events: readonly string[],
  queries: readonly string[],
  context: Context,
): void {
  const others = events.filter((event) => !queries.includes(event));
  if (spec.has("answer") && others.length > 0)
    context.error(spec.at("answer"), `${others.join(" and ")} is no query: nothing waits for an answer`);
  if (queries.length > 0 && !spec.has("answer") && spec.get("observe") === false)
    context.error(spec.at("observe"), "A rule on a query that gives no answer needs observe: true");
  if (spec.get("observe") && queries.length === 0) context.error(spec.at("observe"), "'observe' is for rules on a query");
  if (spec.get("observe") && spec.has("answer")) context.error(spec.at("observe"), "A rule that observes gives no answer");
  if (queries.length > 0 && !spec.has("answer") && !spec.has("observe") && !context.source.isBroken(spec.node))
    context.error(spec.node, `A rule on the query ${queries.join(" and ")} needs answer:, or observe: true to only watch`);
  if (spec.has("answer") && spec.has("for"))
    context.error(spec.at("for"), "'for' does not go with an answer: OpenVPN waits");
}

function readEvents(node: Node, part: Part, world: World): EventSelector[] | "future" | undefined {
  const found = part.context.resolve(node);
  const items = isSeq(found) ? found.items : [node];
  if (items.length === 0) return part.context.error(node, "An event was expected");
  const selectors = items.map((item) => readEvent(item as Node, part, world));
  if (selectors.includes("future")) return "future";
  const known = selectors.filter((selector) => typeof selector === "object");
  return known.length === items.length ? known : undefined;
}

function readEvent(node: Node, part: Part, world: World): EventSelector | "future" | undefined {
  const { context, directory } = part;
  const found = context.resolve(node);
  if (isMap(found)) {
    if (found.has("file")) {
      const file = fileShape.read(found, context)?.get("file");
      return file === undefined ? undefined : { file: resolvePath(directory, file) };
    }
    const spec = scheduleShape.read(found, context);
    const schedule = spec?.get("schedule");
    if (!spec || schedule === undefined) return undefined;
    const tz = spec.get("tz");
    if (tz !== undefined && !checkZone(tz, spec.at("tz"), context)) return undefined;
    if (!checkCron(schedule, tz, spec.at("schedule"), context)) return undefined;
    return { schedule, tz, missed: spec.get("missed") ?? "skip", once: spec.get("once") ?? false };
  }
  const name = text.read(node, context);
  if (name === undefined) return undefined;
  if (FUTURE_EVENTS.has(name) || /^(proxy|quota)\./.test(name)) {
    context.error(node, `event '${name}' is not supported by this version`);
    return "future";
  }
  return checkEvent(name, node, context, world) ? { event: name } : undefined;
}

function checkEvent(name: string, node: Node, context: Context, world: World): boolean {
  if (name === "schedule" || name === "file.changed") {
    const form = name === "schedule" ? '{ schedule: "0 2 * * sun" }' : "{ file: ./path }";
    context.error(node, `Write on: ${form}`);
    return false;
  }
  if (Object.hasOwn(EVENTS, name)) return true;
  const slip = Object.keys(EVENTS).find((known) => known.includes(".") && editDistance(name, known, 3) < 3);
  if (OWN_EVENT.test(name) && (world.emitted.has(name) || slip === undefined)) return true;
  const all = [...Object.keys(EVENTS), ...FUTURE_EVENTS, ...world.emitted];
  context.error(node, `unknown event '${short(name)}'${didYouMean(name, all)}`);
  return false;
}

function typeOf(selector: EventSelector): string {
  if ("event" in selector) return selector.event;
  return "schedule" in selector ? "schedule" : "file.changed";
}

function readWhere(node: Node, events: readonly string[], context: Context, world: World): FieldMatcher[] {
  return pairsOf(node, context).flatMap(([name, pair]): FieldMatcher[] => {
    const path = name.split(".");
    const type = fieldType(path, events, pair.key as Node, context, world);
    if (pair.value === null) return [];
    const problems = context.problems.length;
    const value = matcherValue(pair.value, context);
    if (type === "unknown" || context.problems.length > problems) return [];
    const compiled = compileMatcher(path, value, type, context.position(pair.value), { lists: [...world.names.list] });
    if ("matcher" in compiled) return [compiled.matcher];
    for (const problem of compiled.problems) context.error(operatorNode(pair.value, problem.key, context), problem.message);
    return [];
  });
}

/** The type of a `where` path; undefined where it is only known at run time. */
function fieldType(
  path: readonly string[],
  events: readonly string[],
  node: Node,
  context: Context,
  world: World,
): Type | undefined | "unknown" {
  const [head = "", next, ...rest] = path;
  const roots: Readonly<Record<string, typeof DAEMON_FIELDS>> = {
    daemon: DAEMON_FIELDS,
    remote: REMOTE_FIELDS,
    vars: world.variableFields,
  };
  const root = next === undefined ? undefined : roots[head];
  const event = eventType(events);
  const fields = root ?? (event.kind === "record" ? event.fields : undefined);
  if (!fields) return undefined;
  const name = root ? (next ?? "") : head;
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const deeper = root ? rest.length > 0 : path.length > 1;
  if (field && !deeper) return field.type.kind === "any" ? undefined : field.type;
  const names = root
    ? Object.keys(fields).map((known) => `${head}.${known}`)
    : [...Object.keys(fields), ...Object.entries(roots).flatMap(([key, known]) => Object.keys(known).map((n) => `${key}.${n}`))];
  const owner = root ? head : events.join(" and ");
  const written = path.join(".");
  context.error(node, `unknown field '${short(written)}' of ${owner}${didYouMean(written, names)}`);
  return "unknown";
}

const ORDERED = new Set(["gt", "gte", "lt", "lte"]);

/** Values as matchers take them: `2.10` and `007` as written where text is compared, parameters put in. */
function matcherValue(node: unknown, context: Context, operator?: string): unknown {
  const found = context.resolve(node);
  if (isSeq(found)) return found.items.map((item) => matcherValue(item, context, operator));
  if (isMap(found))
    return Object.fromEntries(pairsOf(found, context).map(([key, pair]) => [key, matcherValue(pair.value, context, key)]));
  if (!isScalar(found)) return undefined;
  const scalar = context.scalar(found, "A value");
  if (!scalar || commentTrap(context, scalar.node)) return undefined;
  if (operator === "matches" && controls(scalar.text)) context.error(found, "A control character in a regular expression; write it as \\x…");
  if (scalar.type) return quantity(scalar.value, scalar.type) ?? scalar.value;
  const asWritten = typeof scalar.value === "number" && String(scalar.value) !== scalar.text;
  return asWritten && !ORDERED.has(operator ?? "") ? scalar.text : scalar.value;
}

function quantity(value: unknown, type: Type): string | undefined {
  if (typeof value !== "number") return undefined;
  return type.kind === "size" ? `${value}B` : type.kind === "duration" ? `${value}ms` : undefined;
}

function controls(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are just what is looked for
  return /[\u0000-\u001f\u007f]/.test(value);
}

/** The place of a mistake inside a matcher: an operator's value, or an item of a list. */
function operatorNode(node: unknown, key: string | undefined, context: Context): unknown {
  const found = context.resolve(node);
  if (key === undefined) return node;
  if (isSeq(found)) return found.items[Number(key)] ?? node;
  if (!isMap(found)) return node;
  const [name = "", ...rest] = key.split(".");
  const pair = found.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
  if (!pair) return node;
  return rest.length > 0 ? operatorNode(pair.value, rest.join("."), context) : OPERATORS.has(name) ? pair.value : pair.key;
}

const OPERATORS = new Set(["not", "one-of", "starts", "ends", "contains", "matches", "cidr", "gt", "gte", "lt", "lte", "exists", "in-list"]);
