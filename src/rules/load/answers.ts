import { isMap, isScalar, type Node } from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import type { Scope } from "../cel/types.ts";
import type { Answer, Backoff, Template } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { anything, bool, duration, list, number, pairsOf, table, text } from "./shape.ts";
import { asWritten, short } from "./words.ts";
import { withTexts } from "./parameters.ts";
import { readTemplate } from "./template.ts";
import type { World } from "./world.ts";

/** The answers of this version: the query that each is for, `any` for all. */
const ANSWERS: Readonly<Record<string, "HOLD" | "REMOTE" | "any">> = {
  release: "HOLD",
  keep: "HOLD",
  accept: "REMOTE",
  skip: "REMOTE",
  mod: "REMOTE",
  from: "REMOTE",
  exec: "any",
};

/** Answers of the language to queries that this version does not have. */
const FUTURE = [
  "none",
  "http",
  "socks",
  "credentials",
  "refuse",
  "ok",
  "cancel",
  "string",
  "sign",
  "certificate",
  "allow",
  "deny",
  "pending",
];

const PLAIN = ["release", "keep", "accept", "skip"];

export interface AnswerSite {
  readonly context: Context;
  readonly world: World;
  /** The queries that it must be an answer to. */
  readonly queries: readonly string[];
  readonly scope: Scope;
}

const releaseShape = table({
  after: { shape: expressionText, about: "After this long: a duration or an expression" },
  backoff: {
    shape: table({
      base: { shape: duration({ min: 1 }), about: "The first pause; 1s" },
      max: { shape: duration({ min: 1 }), about: "The longest; 5m" },
      jitter: { shape: bool, about: "Shortened at random by up to a half; false" },
    }),
    about: "Longer from failure to failure",
  },
  "at-end-of": { shape: text, about: "When this window closes" },
});

const modShape = table({
  host: { shape: anything, required: true, about: "Name or address" },
  port: { shape: anything, required: true, about: "Port" },
});

export const answerSchema = {
  anyOf: [
    { enum: PLAIN },
    {
      type: "object",
      properties: {
        release: releaseShape.schema,
        skip: { type: "integer", minimum: 1 },
        mod: modShape.schema,
        from: { type: "string" },
        exec: { type: "array", items: { type: "string" } },
        timeout: duration().schema,
        else: {},
      },
    },
  ],
};

/** An answer: a name, or a map with one answer key, and with `exec` and plugins also timeout and else. */
export function readAnswer(node: unknown, site: AnswerSite): Answer | undefined {
  const { context } = site;
  const found = context.resolve(node);
  if (isScalar(found)) return readPlain(asWritten(found), found, site);
  if (!isMap(found)) return context.error(node, "An answer was expected: a name, or a map with one answer");
  const pairs = pairsOf(found, context);
  const kinds = pairs.filter(([name]) => name !== "timeout" && name !== "else");
  const [kind, second] = kinds;
  if (!kind) return context.error(found, "An answer was expected");
  if (second) context.error(second[1].key, "A rule gives one answer");
  const [name, pair] = kind;
  const answer = readKind(name, pair.key as Node, pair.value as Node, site);
  const outside = name === "exec" || name.includes(".");
  const timeout = pairs.find(([key]) => key === "timeout");
  const otherwise = pairs.find(([key]) => key === "else");
  if (!outside) {
    for (const extra of [timeout, otherwise])
      if (extra) context.error(extra[1].key, `'${extra[0]}' goes with exec and with a plugin's answer`);
    return answer;
  }
  const within = timeout && duration({ min: 1 }).read(timeout[1].value, context);
  const fallback = otherwise && readAnswer(otherwise[1].value, site);
  if (!timeout || !otherwise) return context.error(pair.key, `${name} needs timeout and else`);
  if (within === undefined || !fallback || !answer) return undefined;
  return { ...answer, timeout: within, otherwise: fallback } as Answer;
}

function readPlain(name: string, node: Node, site: AnswerSite): Answer | undefined {
  if (!fits(name, node, site)) return undefined;
  if (!PLAIN.includes(name)) return site.context.error(node, `answer '${name}' needs a value`);
  return name === "skip" ? { kind: "skip", count: 1 } : ({ kind: name } as Answer);
}

/** An answer to another query is told as such; a slip gets a suggestion. */
function fits(name: string, node: Node, { context, queries, world }: AnswerSite): boolean {
  if (name.includes(".")) return fitsPlugin(name, node, { context, queries, world });
  const query = Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
  // Without a query, which is then a mistake of its own, any answer will do.
  const any = queries.length === 0;
  const known = Object.keys(ANSWERS).filter(
    (key) => any || ANSWERS[key] === "any" || queries.includes(ANSWERS[key] ?? ""),
  );
  if (any && FUTURE.includes(name)) return false;
  if (query === "any" || (query && queries.every((other) => other === query))) return true;
  if (query)
    context.error(
      node,
      `answer '${name}' is for ${query}, not for ${queries.join(" and ")}; expected ${known.join(", ")}`,
    );
  else if (FUTURE.includes(name))
    context.error(node, `answer '${name}' is not for ${queries.join(" and ")}; expected ${known.join(", ")}`);
  else
    context.error(
      node,
      `unknown answer '${short(name)}'${didYouMean(name, known) || `; expected ${known.join(", ")}`}`,
    );
  return false;
}

function fitsPlugin(
  name: string,
  node: Node,
  { context, queries, world }: Omit<AnswerSite, "scope">,
): boolean {
  const answers = world.plugins.flatMap((plugin) =>
    Object.entries(plugin.definition.answers ?? {}).map(([key, spec]) => ({
      name: `${plugin.name}.${key}`,
      spec,
    })),
  );
  const found = answers.find((answer) => answer.name === name);
  if (!found)
    context.error(
      node,
      `unknown answer '${short(name)}'${didYouMean(
        name,
        answers.map((answer) => answer.name),
      )}`,
    );
  else if (queries.every((query) => found.spec.queries.includes(query))) return true;
  else
    context.error(
      node,
      `answer '${name}' is for ${found.spec.queries.join(", ")}, not for ${queries.join(" and ")}`,
    );
  return false;
}

/** The answer without timeout and else. */
function readKind(name: string, key: Node, value: Node, site: AnswerSite): Answer | undefined {
  const { context, world, scope } = site;
  if (!fits(name, key, site)) return undefined;
  switch (name) {
    case "release":
      return readRelease(value, site);
    case "skip": {
      const count = number({ min: 1, max: 1000 }).read(value, context);
      return count === undefined ? undefined : { kind: "skip", count };
    }
    case "mod": {
      const spec = modShape.read(value, context);
      const host = spec?.has("host") ? readTemplate(spec.at("host"), context, scope) : undefined;
      const target = spec?.has("port") ? readTemplate(spec.at("port"), context, scope) : undefined;
      if (!spec || !host || !target) return undefined;
      if (host.constant && !/^[A-Za-z0-9.:_%-]{1,79}$/.test(String(host.sample)))
        context.error(spec.at("host"), "A host of at most 79 characters was expected");
      if (target.constant && !isPort(target.sample)) context.error(spec.at("port"), "A port was expected");
      return { kind: "mod", host, port: target };
    }
    case "from": {
      const group = text.read(value, context);
      return group !== undefined && world.knows("group", group, value, context)
        ? { kind: "from", group }
        : undefined;
    }
    case "exec": {
      const argv = list(text, { min: 1 }).read(value, context);
      return argv && ({ kind: "exec", argv } as unknown as Answer);
    }
    case "keep":
    case "accept":
      return context.error(value, `answer '${name}' takes no value`);
    default:
      return readPluginAnswer(name, value, site);
  }
}

function readRelease(value: Node, { context, world, scope }: AnswerSite): Answer | undefined {
  const spec = releaseShape.read(value, context);
  if (!spec) return undefined;
  const given = (["after", "backoff", "at-end-of"] as const).filter((key) => spec.has(key));
  if (given.length !== 1) return context.error(spec.node, "release takes one of after, backoff, at-end-of");
  if (spec.has("after")) {
    const after = readExpression(spec.at("after"), context, scope, { kind: "duration" });
    return after && { kind: "release", after };
  }
  const window = spec.get("at-end-of");
  if (window !== undefined)
    return world.knows("window", window, spec.at("at-end-of"), context)
      ? { kind: "release", atEndOf: window }
      : undefined;
  const backoff = spec.get("backoff");
  if (!backoff) return undefined;
  const base = backoff.get("base") ?? 1_000;
  if ((backoff.get("max") ?? base) < base)
    context.error(backoff.at("max"), "The longest pause is shorter than the first");
  const filled: Backoff = {
    base,
    max: backoff.get("max") ?? Math.max(base, 300_000),
    jitter: backoff.get("jitter") ?? false,
  };
  return { kind: "release", backoff: filled };
}

function readPluginAnswer(
  name: string,
  value: Node,
  { context, world, scope }: AnswerSite,
): Answer | undefined {
  const dot = name.indexOf(".");
  const [plugin, answer] = [name.slice(0, dot), name.slice(dot + 1)];
  const spec = world.plugin(plugin)?.answers?.[answer];
  const params = readTemplate(value, context, scope);
  if (!spec || !params) return undefined;
  const fixed = withTexts(spec.params, context.plain(value), value, context, params.open);
  if (!fixed) return undefined;
  const template: Template = params.constant ? { constant: true, resolve: () => fixed.value } : params;
  return { kind: "plugin", plugin, answer, params: template } as unknown as Answer;
}

function isPort(value: unknown): boolean {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65536;
}
