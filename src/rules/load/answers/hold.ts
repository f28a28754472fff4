import type { Node } from "yaml";
import type { Answer, Backoff } from "../../answer.ts";
import { expressionText, readExpression } from "../expressions.ts";
import { bool, duration, table, text } from "../shape.ts";
import type { AnswerSite } from "./site.ts";

export const releaseShape = table({
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

export function readRelease(value: Node, { context, world, scope }: AnswerSite): Answer | undefined {
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
