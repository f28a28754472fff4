import { expect, test } from "vitest";
import { pluginFunctions } from "../../../src/rules/cel/functions.ts";
import { compilePattern } from "../../../src/rules/cel/pattern.ts";
import { ENV, evaluate, scopeOf } from "./support.ts";

test.each([
  ["cidr('10.1.2.3', '10.0.0.0/8')", true],
  ["cidr('2001:db8::1', '2001:db8::/32')", true],
  ["cidr('10.1.2.3', event.proto + '')", undefined],
  ["version_less('2.5.9', '2.6')", true],
  ["version_less('2.6.14', '2.6.2')", false],
  ["version_less('2.7_rc1', '2.7')", true],
  ["version_less('2.7', '2.7.0')", false],
  ["bytes_text(1500000000B)", "1.5GB"],
  ["bytes_text(50GiB)", "50GiB"],
  ["time_text(now)", "2026-01-05 09:30:15 UTC"],
  ["time_text(now, 'Europe/Berlin')", "2026-01-05 10:30:15 Europe/Berlin"],
  ["counter('tls_errors')", 10],
  ["window('office_hours')", true],
])("%s", (source, value) => {
  if (value === undefined) expect(() => evaluate(source)).toThrow("Not a network: 'udp'");
  else expect(evaluate(source)).toBe(value);
});

test("a host function that is not there is an error of the evaluation", () => {
  expect(() => evaluate("window('office_hours')", { ...ENV, window: undefined })).toThrow(
    "window() is not known here",
  );
});

test("functions of a plugin are called with its own `this`", () => {
  const definition = {
    params: ["number"] as const,
    returns: "number" as const,
    factor: 3,
    call(n: number): number {
      return n * this.factor;
    },
  };
  const plugins = pluginFunctions("acme", { triple: definition });
  expect(evaluate("acme.triple(2)", ENV, scopeOf({ plugins }))).toBe(6);
});

test("local time is right over a change of the clocks", () => {
  const at = (text: string): unknown => evaluate(`timestamp("${text}").getHours("Europe/Berlin")`);
  expect(at("2026-03-29T00:59:59Z")).toBe(1);
  expect(at("2026-03-29T01:00:00Z")).toBe(3);
  expect(at("2026-10-25T00:59:59Z")).toBe(2);
  expect(at("2026-10-25T01:00:00Z")).toBe(2);
  expect(at("2026-01-05T23:00:00Z")).toBe(0);
});

test("no pattern can hang an expression", () => {
  const env = { ...ENV, event: { host: `${"a".repeat(900)}b` } };
  const start = performance.now();
  for (let round = 0; round < 20; round++) expect(evaluate("event.host.matches('(a+)+$')", env)).toBe(false);
  expect(performance.now() - start).toBeLessThan(500);
});

test("patterns and texts are bounded", () => {
  expect(compilePattern("a".repeat(1001))).toEqual({
    problem: "regular expression longer than 1000 characters",
  });
  expect(compilePattern("((a{1,100}){1,10}b){1,1}".repeat(20))).toMatchObject({
    problem: expect.stringContaining("too large") as unknown,
  });
  const pattern = compilePattern("b$");
  const far = `${"a".repeat(65_535)}bb`;
  expect("test" in pattern && pattern.test(far)).toBe(true);
  expect("test" in pattern && pattern.test(`${"a".repeat(65_536)}b`)).toBe(false);
});
