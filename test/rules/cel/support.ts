import { compileExpression } from "../../../src/rules/cel/compile.ts";
import { eventScope, type EventScopeOptions } from "../../../src/rules/cel/scope.ts";
import type { Env, Expression, ExpressionProblem, Scope, Type } from "../../../src/rules/cel/types.ts";

export const NOW = Date.parse("2026-01-05T09:30:15.250Z");

const options: EventScopeOptions = {
  events: ["REMOTE"],
  params: { limit: { type: { kind: "size" } } },
  vars: { draining: { type: { kind: "bool" } }, hosts: { type: { kind: "list", of: { kind: "text" } } } },
  lists: ["ops", "banned"],
  names: { windows: ["office_hours"], counters: ["tls_errors"], quotas: ["monthly"] },
  plugins: {
    "acme.half": {
      params: [{ kind: "number" }],
      returns: { kind: "number" },
      call: (_env, n: number) => n / 2,
    },
    "acme.broken": {
      params: [],
      returns: { kind: "number" },
      call: () => {
        throw new Error("no disk");
      },
    },
    "acme.liar": { params: [], returns: { kind: "number" }, call: () => "five" },
    "acme.echo": {
      params: [{ kind: "any" }],
      returns: { kind: "any" },
      call: (_env, value: unknown) => value,
    },
  },
};

export function scopeOf(changes: Partial<EventScopeOptions> = {}): Scope {
  return eventScope({ ...options, ...changes });
}

export const SCOPE = scopeOf();

/** Own events carry what nobody has declared: `event.anything` is of type `any`. */
export const OWN_SCOPE = scopeOf({ events: ["my.event"] });

export const ENV: Env = {
  event: { type: "REMOTE", at: NOW, host: "vpn1.example.net", port: 1194, proto: "udp", attempt: 3 },
  daemon: { name: "office", rate: 40_000, since: NOW - 900_000, version: "2.6.14", pid: 7 },
  vars: { draining: false, hosts: ["a", "b"] },
  now: NOW,
  params: { limit: 50 * 2 ** 30 },
  lists: { ops: ["alice", "bob"], banned: [] },
  window: (name: string) => name === "office_hours",
  counter: (name: string) => name.length,
};

export function compile(source: string, scope: Scope = SCOPE, expected?: Type): Expression {
  const result = compileExpression(source, scope, expected);
  if ("expression" in result) return result.expression;
  throw new Error(`${source}: ${result.problems.map((problem) => problem.message).join(", ")}`);
}

export function evaluate(source: string, env: Env = ENV, scope: Scope = SCOPE): unknown {
  return compile(source, scope).run(env);
}

export function problemsOf(
  source: string,
  scope: Scope = SCOPE,
  expected?: Type,
): readonly ExpressionProblem[] {
  const result = compileExpression(source, scope, expected);
  return "problems" in result ? result.problems : [];
}
