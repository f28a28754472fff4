import { expect, test } from "vitest";
import { candidateScope, eventType } from "../../../src/rules/cel/scope.ts";
import { compile, evaluate, problemsOf, scopeOf } from "./support.ts";

const declared = {
  params: {},
  vars: {},
  lists: [],
  names: { windows: [], counters: [], quotas: [] },
  plugins: {},
};

test("with several events a field must be in at least one", () => {
  const scope = scopeOf({ events: ["REMOTE", "STATE"] });
  expect(problemsOf("has(event.host) || event.previous == 'WAIT'", scope)).toEqual([]);
  expect(problemsOf("event.wait > 1", scope).map(({ message }) => message)).toEqual([
    "unknown field 'wait' of event",
  ]);
});

test("a field that not all of them have is optional, and common ones are not", () => {
  const type = eventType(["remote.failed", "HOLD"]);
  const fields = type.kind === "record" ? type.fields : {};
  expect(fields["host"]?.optional).toBe(true);
  expect(fields["wait"]?.optional).toBe(true);
  expect(fields["type"]?.optional).toBeUndefined();
});

test("a field that several events share keeps its type", () => {
  const type = eventType(["STATE", "OTHER"]);
  const fields = type.kind === "record" ? type.fields : {};
  expect(fields["name"]?.type).toEqual({ kind: "text" });
  expect(fields["text"]?.optional).toBe(true);
});

test("the fields of one's own events are not known", () => {
  expect(eventType(["STATE", "my.event"])).toEqual({ kind: "any" });
  expect(evaluate("event.whatever > 5", { event: { whatever: 6 } }, scopeOf({ events: ["my.event"] }))).toBe(
    true,
  );
});

test("names of objects that JavaScript has are no events", () => {
  expect(eventType(["constructor"])).toEqual({ kind: "any" });
});

test("daemon may be missing on an event of the whole engine only", () => {
  const optional = (event: string): boolean | undefined =>
    scopeOf({ events: [event] }).variables["daemon"]?.optional;
  expect(optional("window.opened")).toBe(true);
  expect(optional("STATE")).toBeUndefined();
});

test("a group's expressions see the candidate and no event", () => {
  const scope = candidateScope(declared);
  const env = { candidate: { labels: { region: "eu" }, latency: 40 }, daemon: { rate: 10 } };
  expect(evaluate("candidate.labels.region == 'eu' && daemon.rate < 1kB", env, scope)).toBe(true);
  expect(evaluate("has(candidate.labels.site) || candidate.latency < 50ms", env, scope)).toBe(true);
  expect(() => evaluate("candidate.labels.site == 'a'", env, scope)).toThrow(
    "No value for candidate.labels.site",
  );
  expect([...compile("candidate.labels['region'] == 'eu'", scope).reads]).toEqual(["candidate.labels"]);
  expect(problemsOf("event.type == 'x'", scope)).toHaveLength(1);
  expect(problemsOf("event.type == 'x'", candidateScope({ ...declared, events: ["REMOTE"] }))).toEqual([]);
});
