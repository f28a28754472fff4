import { expect, test } from "vitest";
import { EvaluationError } from "../../../src/rules/cel/types.ts";
import { compile, ENV, evaluate, NOW, OWN_SCOPE } from "./support.ts";

test.each<[string, unknown]>([
  // Numbers are one type.
  ["1 + 2 * 3 - 4", 3],
  ["7 / 2", 3.5],
  ["1 + 0.5", 1.5],
  ["-7 % 3", -1],
  ["0x1F", 31],
  ["1e3", 1000],
  // Sizes, durations and times have their own.
  ["50GiB", 53_687_091_200],
  ["1.5h", 5_400_000],
  ["10kB + 1B", 10_001],
  ["10MB / 2", 5_000_000],
  ["2 * 10MB", 20_000_000],
  ["10MB / 1kB", 10_000],
  ["90s - 1m", 30_000],
  ["1h / 1m", 60],
  ["-5s", -5000],
  ["now - 10m", NOW - 600_000],
  ["10m + now", NOW + 600_000],
  ["now - daemon.since", 900_000],
  ["now - daemon.since > 10m && daemon.rate < 50kB", true],
  ["params.limit == 50GiB", true],
  // Texts; what looks like a literal in one is none.
  ["'10m' + \" 50GiB\"", "10m 50GiB"],
  ["r'\\d10m'", "\\d10m"],
  ["'''a\n10m'''", "a\n10m"],
  ["1 // 10kb", 1],
  ["event.host.startsWith('vpn') && event.host.endsWith('.net')", true],
  ["'a-b-c'.replace('-', '$&')", "a$&b$&c"],
  ["'Ab'.lowerAscii() + 'Ab'.upperAscii()", "abAB"],
  ["'a,b,c'.split(',', 2)", ["a", "b,c"]],
  ["['a', 'b'].join('+')", "a+b"],
  ["'abc'.substring(1, 2)", "b"],
  ["size('🙂') + size([1, 2]) + size({'a': 1})", 4],
  ["matches('abc', '^a') && 'abc'.matches('c$')", true],
  // Lists and maps.
  ["'alice' in lists.ops", true],
  ["'a' in vars.hosts && !('z' in vars.hosts)", true],
  ["[1, 2, 3][1]", 2],
  ["{'a': 1, 'b': 2}['b']", 2],
  ["'a' in {'a': 1}", true],
  ["[[1], [2]] == [[1], [2]]", true],
  ["{'a': [1]} == {'a': [1]}", true],
  ["[3, 1].map(x, x * 2)", [6, 2]],
  ["[3, 1].map(x, x > 2, x * 2)", [6]],
  ["[3, 1, 2].filter(x, x > 1)", [3, 2]],
  ["[1, 2].exists_one(x, x == 2)", true],
  ["{'a': 1, 'b': 2}.all(key, key < 'c')", true],
  [
    "[1, 2].map(x, [10, 20].map(y, x * y))",
    [
      [10, 20],
      [20, 40],
    ],
  ],
  ["[1, 2].map(x, [5].map(x, x))", [[5], [5]]],
  ["[] + ['a']", ["a"]],
  // Choices.
  ["event.port == 1194 ? 'udp' : 'tcp'", "udp"],
  ["window('office_hours')", true],
  ["counter('tls_errors') >= 10", true],
  ["acme.half(5)", 2.5],
  // Conversions.
  ["text(1.5) + text(true) + text(90s) + text(50GiB)", "1.5true1m30s50GiB"],
  ["text(now)", "2026-01-05T09:30:15.250Z"],
  ["text(timestamp('2026-01-05T10:00:00+01:00'))", "2026-01-05T09:00:00Z"],
  ["text(['a', 'b']) + text([90s])", "a, b1m30s"],
  ["number('1.5') + int('2') + int(2.9)", 5.5],
  ["number(90s) + number(1kB)", 1090],
  ["duration('1h30m') == 90m && duration('-5s') == -5s", true],
  ["bool('true')", true],
  ["min(3, 1) + max(3, 1) + abs(-2)", 6],
  ["max(5m, 1h)", 3_600_000],
  ["round(2.5) + round(-2.5) + round(1.25, 1) + floor(1.9) + ceil(1.1)", 4.3],
  // Times, in UTC or a zone.
  ["now.getHours() * 100 + now.getMinutes()", 930],
  ["now.getHours('Europe/Berlin')", 10],
  ["now.getDayOfWeek() + now.getDayOfMonth() + now.getDate() + now.getMonth()", 1 + 4 + 5 + 0],
  [
    "now.getFullYear('Asia/Tokyo') + now.getDayOfYear() + now.getSeconds() + now.getMilliseconds()",
    2026 + 4 + 15 + 250,
  ],
  ["(90m).getHours() + (90m).getMinutes()", 91],
])("%s", (source, value) => {
  expect(evaluate(source)).toEqual(value);
});

test.each([
  ["1 / 0 == 1", "Division by zero"],
  ["5 % 0 == 1", "Division by zero"],
  ["remote.address == 'x'", "No value for remote.address"],
  ["remote.host == 'x'", "No value for remote.host"],
  ["daemon.state == 'x'", "No value for daemon.state"],
  ["{'a': 1}.b", "No value for b"],
  ["{'a': 1}['b']", 'No value for ["b"]'],
  ["[1][1]", "No item 1 in a list of 1"],
  ["[1][0.5]", "No item 0.5 in a list of 1"],
  ["number('x')", "Not a number: 'x'"],
  ["int(event.host)", "Not a whole number: 'vpn1.example.net'"],
  ["'abc'.substring(2, 9)", "No characters 2 to 9 in a text of 3"],
  ["cidr(event.host, '10.0.0.0/8')", "Not an IP address: 'vpn1.example.net'"],
  ["event.host.matches(event.proto + '(')", "Bad regular expression 'udp(': missing closing ): 'udp('"],
  ["acme.broken() > 1", "acme.broken() failed: no disk"],
  ["acme.liar() > 1", "acme.liar() gave text, not number"],
])("%s fails at run time", (source, message) => {
  expect(() => evaluate(source)).toThrow(new EvaluationError(message));
});

test("has() tells whether reading would give a value, also where the way there is missing", () => {
  expect(evaluate("has(remote.address)")).toBe(false);
  expect(evaluate("has(remote)")).toBe(false);
  const remote = { host: "a", address: "192.0.2.1" };
  expect(evaluate("has(remote.address) && remote.address == '192.0.2.1'", { ...ENV, remote })).toBe(true);
  expect(evaluate("has(remote.connected_since)", { ...ENV, remote })).toBe(false);
  expect(evaluate("has({'a': 1}.a) && !has({'a': 1}.b)")).toBe(true);
});

test.each([
  ["remote.address == 'x' || true", true],
  ["true || remote.address == 'x'", true],
  ["remote.address == 'x' && false", false],
  ["[0, 1].exists(x, 1 / x == 1)", true],
  ["[0, 2].all(x, 1 / x == 1)", false],
])("%s: what decides makes errors not matter", (source, value) => {
  expect(evaluate(source)).toBe(value);
});

test.each(["remote.address == 'x' || false", "true && remote.address == 'x'", "[0, 1].all(x, 1 / x == 1)"])(
  "%s: an error that could matter is one",
  (source) => {
    expect(() => evaluate(source)).toThrow(EvaluationError);
  },
);

test("errors that are not of the evaluation are not absorbed", () => {
  const env = {
    ...ENV,
    get remote(): never {
      throw new RangeError("a mistake of ours");
    },
  };
  expect(() => evaluate("remote.host == 'x' || true", env)).toThrow(RangeError);
});

test("&& and || stop when it is clear", () => {
  let asked = 0;
  const env = { ...ENV, counter: () => ++asked };
  expect(evaluate("false && counter('tls_errors') > 0", env)).toBe(false);
  expect(evaluate("true || counter('tls_errors') > 0", env)).toBe(true);
  expect(asked).toBe(0);
});

test.each<[string, unknown, unknown]>([
  ["event.n + 1", 2, 3],
  ["event.n + 'x'", "a", "ax"],
  ["event.n + [1]", [2], [2, 1]],
  ["event.n > 5", 6, true],
  ["event.n > 5m", 300_001, true],
  ["event.n == 'a'", "a", true],
  ["event.n == 5", "5", false],
  ["event.n.deep", { deep: 1 }, 1],
  ["event.n['deep']", { deep: 1 }, 1],
  ["event.n[0]", [4], 4],
  ["size(event.n)", "abc", 3],
  ["size(event.n)", [1, 2], 2],
  ["event.n.contains('b')", "abc", true],
  ["event.n.exists(x, x > 1)", [1, 2], true],
  ["event.n || false", true, true],
  ["min(event.n, 3)", 1, 1],
  ["text(event.n)", 1.5, "1.5"],
  ["'b' in event.n", ["b"], true],
  ["-event.n", 5, -5],
  ["event.n.toString", { toString: "own" }, "own"],
])("%s of an event of one's own, with %j", (source, n, value) => {
  expect(evaluate(source, { ...ENV, event: { n } }, OWN_SCOPE)).toEqual(value);
});

test.each<[string, unknown, string]>([
  ["event.n + 1", "a", "Cannot compute text + number"],
  ["event.n > 5", "6", "Cannot compare text with number"],
  ["event.n && true", 1, "Expected bool, found number"],
  ["!event.n", "x", "Expected bool, found text"],
  ["event.n.contains('b')", 5, "contains() does not take (number, text)"],
  ["size(event.n)", 5, "size() does not take (number)"],
  ["event.n.deep", "text", "Cannot read deep of text"],
  ["event.n.constructor", {}, "No value for event.n.constructor"],
  ["event.n['constructor']", {}, 'No value for ["constructor"]'],
  ["event.n.all(x, true)", 5, "Cannot run over number; expected a list or map"],
  ["'a' in event.n", 5, "'in' looks into lists and maps, not into number"],
  ["acme.half(event.n)", "x", "acme.half() does not take (text)"],
])("%s of an event of one's own fails with %j", (source, n, message) => {
  expect(() => evaluate(source, { ...ENV, event: { n } }, OWN_SCOPE)).toThrow(new EvaluationError(message));
});

test("an expected type is looked at when it runs where it is not known before", () => {
  const condition = compile("event.n", OWN_SCOPE, { kind: "bool" });
  expect(condition.type).toEqual({ kind: "bool" });
  expect(condition.run({ event: { n: true } })).toBe(true);
  expect(() => condition.run({ event: { n: "yes" } })).toThrow(
    new EvaluationError("Expected bool, found text"),
  );
});

test("reads lists what an expression looks at", () => {
  const { reads } = compile(
    "daemon.rate > 1kB && has(remote.address) && lists.ops.exists(x, x == event.host) && now > daemon.since",
  );
  expect([...reads].toSorted()).toEqual([
    "daemon.rate",
    "daemon.since",
    "event.host",
    "lists.ops",
    "now",
    "remote.address",
  ]);
  expect([...compile("window('office_hours')").reads]).toEqual([]);
  expect([...compile("event.all", OWN_SCOPE).reads]).toEqual(["event.all"]);
  expect([...compile("event == event.n", OWN_SCOPE).reads].toSorted()).toEqual(["event", "event.n"]);
});

test("a compiled expression can run inside itself", () => {
  const expression = compile("[1, 2].map(x, acme.echo(x))", {
    ...OWN_SCOPE,
    functions: {
      "acme.echo": {
        params: [{ kind: "number" }],
        returns: { kind: "number" },
        call: (env, n: number) => {
          if (env["inner"] !== true) expression.run({ inner: true });
          return n;
        },
      },
    },
  });
  expect(expression.run({})).toEqual([1, 2]);
});
