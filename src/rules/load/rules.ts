import { isSeq, type Node } from "yaml";
import type { Rule } from "../rulebook.ts";
import { EVENTS } from "../vocabulary/events.ts";
import { CLIENT_QUERIES } from "../vocabulary/words.ts";
import { readActions } from "./actions.ts";
import { answerSchema, readAnswer } from "./answers/answer.ts";
import type { Context } from "./context.ts";
import { duringShape, readDuring } from "./during.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { anything, bool, duration, number, oneOf, type Shape, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";
import { readEvents, typeOf } from "./events.ts";
import { readWhere } from "./where.ts";

/** Stands for an event that is not known: its fields can be anything. */
const ANY_EVENT = "any.event";

const answerShape: Shape<Node> = {
  expected: "an answer",
  schema: answerSchema,
  read: (node) => node as Node,
};

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
        // oxlint-disable-next-line unicorn/no-thenable -- the language's own word, and nothing awaits it
        then: { shape: oneOf("drop", "digest"), about: "digest: the rest is one firing at the end; drop" },
      }),
      about: "Not too often",
    },
    key: { shape: expressionText, about: "For whom timing is kept apart: an expression" },
    answer: { shape: answerShape, about: "Decides a query" },
    do: { shape: anything, about: "A list of actions" },
    "on-error": {
      shape: oneOf("no-match", "default"),
      about: "When an expression fails; no-match, with answers to CLIENT:* default",
    },
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
    if (!/^[a-z0-9-]+$/.test(id))
      context.error(spec.at("id"), `'${short(id)}' is no id; a-z, 0-9 and - were expected`);
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
  const queries = events.filter((event) => EVENTS[event]?.query !== undefined);
  const answer = spec.has("answer")
    ? readAnswer(spec.at("answer"), {
        context,
        directory: part.directory,
        world,
        queries: queries.length === events.length ? queries : [],
        scope,
        by: `rule ${id ?? ""}`.trim(),
      })
    : undefined;
  if (on) checkQuery(spec, events, queries, context);
  const count = spec.get("count");
  const throttle = spec.get("throttle");
  const [atLeast, within] = [count?.get("at-least"), count?.get("within")];
  const [times, per] = [throttle?.get("times"), throttle?.get("per")];
  const wait = spec.get("for");
  const about = spec.get("about");
  const actions = spec.has("do")
    ? readActions(spec.at("do"), {
        ...{ context, world, scope, directory: part.directory },
        ...(events.some((event) => EVENTS[event]?.account) ? { account: true } : {}),
      })
    : [];
  const where = spec.has("where") ? readWhere(spec.at("where"), events, context, world) : [];
  if (!on) return undefined;
  const idle = !spec.has("do") && !spec.has("answer") && spec.get("observe") !== true;
  if (idle && !events.some(needsAnswer) && !context.source.isBroken(spec.node))
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
    ...(times !== undefined && per !== undefined
      ? // oxlint-disable-next-line unicorn/no-thenable -- the language's own word, and nothing awaits it
        { throttle: { times, per, then: throttle?.get("then") ?? "drop" } }
      : {}),
    ...(key ? { key } : {}),
    ...(answer ? { answer } : {}),
    do: actions,
    onError: spec.get("on-error") ?? (answer && queries.some(isOfClient) ? "default" : "no-match"),
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
  const needing = queries.filter(needsAnswer);
  if (needing.length > 0 && !spec.has("answer") && spec.get("observe") === false)
    context.error(spec.at("observe"), "A rule on a query that gives no answer needs observe: true");
  if (spec.get("observe") && queries.length === 0)
    context.error(spec.at("observe"), "'observe' is for rules on a query");
  if (spec.get("observe") && spec.has("answer"))
    context.error(spec.at("observe"), "A rule that observes gives no answer");
  if (
    needing.length > 0 &&
    !spec.has("answer") &&
    !spec.has("observe") &&
    !context.source.isBroken(spec.node)
  )
    context.error(
      spec.node,
      `A rule on the query ${needing.join(" and ")} needs answer:, or observe: true to only watch`,
    );
  if (spec.has("answer") && spec.has("for") && queries.length > 0)
    context.error(spec.at("for"), "'for' does not go with an answer: OpenVPN waits");
}

/** Whether something waits each time: a rule without an answer must say that it only watches. */
function needsAnswer(event: string): boolean {
  return EVENTS[event]?.query === true;
}

function isOfClient(query: string): boolean {
  return CLIENT_QUERIES.some((one) => one === query);
}
