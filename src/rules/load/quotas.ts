import { isMap, type Node } from "yaml";
import { parseSize } from "../../util/size.ts";
import type { Expression } from "../cel/types.ts";
import type { Per, QuotaSpec, WarnLevel } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { section } from "./sections.ts";
import { duration, list, number, oneOf, type Shape, table, text } from "./shape.ts";
import { checkZone } from "./windows.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";

const PERIODS = ["hour", "day", "week", "month", "lifetime"] as const;

const monthShape = table({
  starts: {
    shape: number({ min: 1, max: 31 }),
    required: true,
    about: "The day of the month on which it starts",
  },
});

const periodShape = table({
  last: { shape: duration({ min: 60_000 }), about: "A window that slides along with the clock" },
  month: { shape: monthShape, about: "A month that starts on another day than the first" },
});

const per: Shape<Per> = {
  expected: `${PERIODS.join(", ")}, { last: 24h } or { month: { starts: 15 } }`,
  schema: { anyOf: [{ enum: [...PERIODS] }, periodShape.schema] },
  read(node, context) {
    if (!isMap(context.resolve(node))) {
      const word = oneOf(...PERIODS).read(node, context);
      return word === "month" ? { month: 1 } : word;
    }
    const spec = periodShape.read(node, context);
    if (!spec) return undefined;
    const [last, starts] = [spec.get("last"), spec.get("month")?.get("starts")];
    if (spec.has("last") === spec.has("month"))
      return context.error(node, "One of last and month was expected, such as { last: 24h }");
    return last === undefined ? (starts === undefined ? undefined : { month: starts }) : { last };
  },
};

const PERCENT = /^(\d{1,2}(?:\.\d+)?)%$/;

/** A share of the limit. */
const percent: Shape<WarnLevel> = {
  expected: "a percentage below 100% such as 80%",
  schema: { type: "string", pattern: PERCENT.source },
  read(node, context) {
    const scalar = context.scalar(node, "A percentage such as 80%");
    if (!scalar) return undefined;
    const fraction = Number(PERCENT.exec(scalar.text)?.[1]) / 100;
    if (fraction > 0) return { text: scalar.text, fraction };
    return context.error(node, `'${short(scalar.text)}' is not a percentage below 100% such as 80%`);
  },
};

/** Levels that one account may have. */
const MOST_LEVELS = 20;

export const quotaShape = table(
  {
    subject: {
      shape: expressionText,
      required: true,
      about: "The account that is charged: a text over `client`",
    },
    limit: {
      shape: expressionText,
      required: true,
      about: "A size such as 50GiB, or an expression over `client` that gives one",
    },
    per: { shape: per, required: true, about: "How long the budget lasts" },
    tz: { shape: text, about: "Time zone of the period; the machine's" },
    counts: { shape: oneOf("in", "out", "both"), about: "in: received by the daemon from the client; both" },
    "warn-at": { shape: list(percent), about: "Levels at which quota.warned is raised, such as 80%" },
    exempt: { shape: expressionText, about: "Whom it does not limit: a condition over `client`" },
    "on-unknown": {
      shape: oneOf("deny", "allow"),
      about: "Where the use cannot be known, quota().exceeded is true (deny) or false (allow); deny",
    },
    scope: { shape: oneOf("all", "daemon"), about: "One account over all daemons, or one for each; all" },
  },
  { what: "A quota" },
);

export function readQuotas(part: Part, world: World): QuotaSpec[] {
  const { context } = part;
  return section(part, "quotas").flatMap(([name, pair]): QuotaSpec[] => {
    const spec = quotaShape.read(pair.value, context);
    if (!spec) return [];
    const scope = world.quotaScope();
    const read = (key: "subject" | "exempt", kind: "text" | "bool"): Expression | undefined =>
      spec.has(key) ? readExpression(spec.at(key), context, scope, { kind }) : undefined;
    const subject = read("subject", "text");
    const exempt = read("exempt", "bool");
    const limit = spec.has("limit") ? readLimit(spec.at("limit"), context, world) : undefined;
    const tz = spec.get("tz");
    if (tz !== undefined) checkZone(tz, spec.at("tz"), context);
    const period = spec.get("per");
    const levels = readLevels(spec.get("warn-at") ?? [], spec.at("warn-at"), context);
    if (!subject || limit === undefined || period === undefined) return [];
    return [
      {
        ...{ name, subject, limit, per: period, tz, warnAt: levels },
        counts: spec.get("counts") ?? "both",
        ...(exempt ? { exempt } : {}),
        onUnknown: spec.get("on-unknown") ?? "deny",
        scope: spec.get("scope") ?? "all",
        position: context.position(pair.key),
      },
    ];
  });
}

/** A size as such, by a parameter, or worked out for each client. */
function readLimit(node: Node, context: Context, world: World): number | Expression | undefined {
  const scalar = context.scalar(node, "A size such as 50GiB, or an expression,");
  if (!scalar) return undefined;
  if (scalar.type?.kind === "size" && typeof scalar.value === "number") return scalar.value;
  if (typeof scalar.value === "string" && scalar.type === undefined) {
    const size = parseSize(scalar.text);
    if (size !== undefined) return size;
  }
  if (scalar.type || typeof scalar.value !== "string")
    return context.error(node, `'${short(scalar.text)}' is not a size such as 50GiB`);
  return readExpression(node, context, world.quotaScope(), { kind: "size" });
}

function readLevels(levels: readonly WarnLevel[], node: Node, context: Context): WarnLevel[] {
  if (levels.length > MOST_LEVELS) context.error(node, `At most ${MOST_LEVELS} levels were expected`);
  const sorted = levels.toSorted((a, b) => a.fraction - b.fraction);
  const twice = sorted.find(({ fraction }, i) => fraction === sorted[i + 1]?.fraction);
  if (twice) context.error(node, `'${short(twice.text)}' stands in the list twice`);
  return sorted;
}
