import { expect, test } from "vitest";
import type { Type } from "../../../src/rules/cel/types.ts";
import { problemsOf, SCOPE, scopeOf } from "./support.ts";

/** The part of the source that each problem points at, and what it says. */
function marked(source: string, expected?: Type): readonly (readonly [string, string])[] {
  return problemsOf(source, SCOPE, expected).map(
    ({ offset, length, message }) => [source.slice(offset, offset + length), message] as const,
  );
}

test.each<[source: string, where: string, message: string]>([
  // Names.
  ["deamon.rate > 1kB", "deamon", "unknown name 'deamon'; did you mean 'daemon'?"],
  ["daemon.rat > 1kB", "rat", "unknown field 'rat' of daemon; did you mean 'rate'?"],
  ["daemon['rat'] > 1kB", "'rat'", "unknown field 'rat' of daemon; did you mean 'rate'?"],
  ["event.hots == 'x'", "hots", "unknown field 'hots' of event REMOTE; did you mean 'host'?"],
  ["event.constructor == 'x'", "constructor", "unknown field 'constructor' of event REMOTE"],
  ["constructor == 1", "constructor", "unknown name 'constructor'"],
  ["vars.drainig", "drainig", "unknown field 'drainig' of vars; did you mean 'draining'?"],
  ["'x' in lists.opps", "opps", "unknown field 'opps' of lists; did you mean 'ops'?"],
  ["params.limt > 1B", "limt", "unknown field 'limt' of params; did you mean 'limit'?"],
  ["revoked('a', 'b')", "revoked", "'revoked' is not supported by this version"],
  ["widow('office_hours')", "widow", "unknown function 'widow'; did you mean 'window'?"],
  ["window('ofice_hours')", "'ofice_hours'", "unknown window 'ofice_hours'; did you mean 'office_hours'?"],
  ["counter('tls_error') > 1", "'tls_error'", "unknown counter 'tls_error'; did you mean 'tls_errors'?"],
  ["acme.hafl(1) > 1", "acme.hafl", "unknown function 'acme.hafl'; did you mean 'acme.half'?"],
  ["event.host.startWith('v')", "startWith", "text has no method 'startWith'; did you mean 'startsWith'?"],
  ["lists.ops.contians('v')", "contians", "list of text has no method 'contians'"],
  [
    "startsWith(event.host, 'v')",
    "startsWith",
    "unknown function 'startsWith'; it is a method, write value.startsWith(…)",
  ],
  ["event.port.number() > 1", "number", "number has no method 'number'; it is a function, write number(…)"],
  ["lists.ops.exist(x, x == 'a')", "exist", "list of text has no method 'exist'; did you mean 'exists'?"],
  // Types.
  ["now - daemon.since > 5", "now - daemon.since > 5", "cannot compare duration with number; write 5s?"],
  ["daemon.rate > 10", "daemon.rate > 10", "cannot compare size with number; write 10kB?"],
  [
    "daemon.rate > '10MB'",
    "daemon.rate > '10MB'",
    "cannot compare size with text; write 10MB without quotes?",
  ],
  ["now - now > '5m'", "now - now > '5m'", "cannot compare duration with text; write 5m without quotes?"],
  [
    "event.port == '1194'",
    "event.port == '1194'",
    "cannot compare number with text; write 1194 without quotes?",
  ],
  ["event.host == 5", "event.host == 5", 'cannot compare text with number; write "5"?'],
  [
    "now > '2026-01-05'",
    "now > '2026-01-05'",
    'cannot compare time with text; write timestamp("2026-01-05T09:00:00Z")?',
  ],
  [
    "vars.draining == 'true'",
    "vars.draining == 'true'",
    "cannot compare bool with text; write true without quotes?",
  ],
  ["1kB == 5s", "1kB == 5s", "cannot compare size with duration"],
  [
    "event.host == null",
    "event.host == null",
    "cannot compare text with null; a field that is missing is found by has()",
  ],
  ["'port ' + event.port == 'x'", "'port ' + event.port", "cannot compute text + number; write text(…)?"],
  ["1kB + 1 > 1kB", "1kB + 1", "cannot compute size + number; write 1kB?"],
  ["now + now > now", "now + now", "cannot compute time + time"],
  ["1kB * 1kB > 1kB", "1kB * 1kB", "cannot compute size * size"],
  ["1 / 5s > 1", "1 / 5s", "cannot compute number / duration"],
  ["5s % 2s == 1s", "5s % 2s", "cannot compute duration % duration"],
  ["-'a' == 'b'", "-'a'", "cannot negate text"],
  ["!event.port", "event.port", "what stands behind ! must be bool, not number"],
  ["event.port && true", "event.port", "each side of && must be bool, not number"],
  ["true || event.host", "event.host", "each side of || must be bool, not text"],
  ["event.port ? true : false", "event.port", "what stands before ? must be bool, not number"],
  [
    "(true ? 1 : 'a') == 1",
    "true ? 1 : 'a'",
    "both results of ?: must have the same type, not number and text",
  ],
  ["[1, 'a'] == [1]", "'a'", "the items of a list must have one type: number, not text"],
  ["{'a': 1, 'b': 'x'}.a == 1", "'x'", "the values of a map must have one type: number, not text"],
  ["{1: 2} == {1: 2}", "1", "the keys of a map must be text, not number"],
  ["[1] < [2]", "[1] < [2]", "cannot order values of type list of number"],
  ["daemon < daemon", "daemon < daemon", "cannot order values of type daemon"],
  [
    "event.port in lists.ops",
    "event.port in lists.ops",
    "cannot look for number in a list of text; write text(…)?",
  ],
  [
    "'a' in event.host",
    "'a' in event.host",
    "'in' looks into lists and maps, not into text; write text.contains(part)?",
  ],
  ["1 in 2", "1 in 2", "'in' looks into lists and maps, not into number"],
  ["event.host[0] == 'v'", "event.host[0]", "text has no items; [] is for lists and maps"],
  ["lists.ops['a'] == 'v'", "'a'", "the index of a list must be number, not text"],
  ["event.host.name == 'v'", "name", "text has no fields"],
  ["event.port.all(x, true)", "event.port", "all() runs over a list or map, not over number"],
  ["lists.ops.all(x, x)", "x", "the condition of all() must be bool, not text"],
  ["lists.ops.all(x)", "lists.ops.all(x)", "expected all(x, condition)"],
  ["lists.ops.map(5, x)", "5", "map(var, transform) invalid predicate iteration variable"],
  ["has(5)", "has(5)", "has() takes one field, such as has(remote.address)"],
  ["has(lists.ops[0])", "has(lists.ops[0])", "has() takes one field, such as has(remote.address)"],
  // Arguments.
  [
    "size(event.port) > 1",
    "size(event.port)",
    "size() does not take (number); expected size(text) or size(list) or size(map)",
  ],
  ["event.host.contains(5)", "5", 'the argument of contains() must be text, not number; write "5"?'],
  ["cidr(event.host, 5)", "5", 'argument 2 of cidr() must be text, not number; write "5"?'],
  ["cidr(event.host)", "cidr(event.host)", "cidr() does not take (text); expected cidr(text, text)"],
  ["cidr(event.host, '10.0.0.0/40')", "'10.0.0.0/40'", "'10.0.0.0/40' is no network such as 10.0.0.0/8"],
  ["version_less(daemon.version, 'new')", "'new'", "'new' is no version such as 2.6.14"],
  ["bytes_text(5) == '5B'", "5", "the argument of bytes_text() must be size, not number; write 5kB?"],
  ["time_text(now, 'Europe/Berln') == ''", "'Europe/Berln'", "unknown time zone 'Europe/Berln'"],
  ["now.getHours('Mars') > 1", "'Mars'", "unknown time zone 'Mars'"],
  ["duration('soon') > 1s", "'soon'", "bad duration 'soon'; expected such as 30s, 10m or 1h30m"],
  ["timestamp('noon') > now", "'noon'", "bad time 'noon'; expected such as 2026-01-05T09:00:00Z"],
  ["event.host.matches('(a')", "'(a'", "bad regular expression '(a': missing closing ): '(a'"],
  [
    "matches(event.host, 'a**')",
    "'a**'",
    "bad regular expression 'a**': invalid nested repetition operator: '**'",
  ],
  ["acme.half('x') > 1", "'x'", "the argument of acme.half() must be number, not text"],
  // Literals.
  ["daemon.rate > 10kb", "10kb", "'10kb' is no number, duration or size; did you mean '10kB'?"],
  ["5x > 1", "5x", "'5x' is no number, duration or size; expected a unit such as s, m, h, d, kB, MB, GiB"],
  ["5u == 5", "5u", "'5u' is no number, duration or size"],
  ["9007199254740993 == 1", "9007199254740993", "the number is too large to be exact"],
  ["b'ab' == 'ab'", "b'ab'", "bytes do not exist here; write a text"],
  ["event.10m == 1", "event.10m", "expected the name of a field behind the dot"],
  ["10m(1) == 1", "10m(1)", "a number cannot be called"],
  ["lists.ops.all(10m, true)", "lists.ops.all(10m, true)", "expected all(x, condition)"],
  // Syntax.
  ["", "", "the expression is empty"],
  ["1 +", "", "the expression ends too early"],
  ["(1", "", "expected ')', found the end of the expression"],
  ["event.host = 'x'", "=", "unexpected '='; did you mean '=='?"],
  ["true and false", "and", "unexpected 'and'; did you mean '&&'?"],
  ["true or false", "or", "unexpected 'or'; did you mean '||'?"],
  ["not true", "true", "unexpected 'true'"],
  ["true & false", "&", "unexpected '&'; did you mean '&&'?"],
  ["'abc", "'abc", "unterminated string"],
  ["'a\\q'", "\\q", "invalid escape sequence: \\q"],
  ["1 ; 2", ";", "unexpected ';'"],
  ["a.?b", "?", "expected a name, found '?'"],
])("%s", (source, where, message) => {
  const [first] = marked(source);
  expect(first?.[0]).toBe(where);
  expect(first?.[1]).toContain(message);
});

test("literals before it do not move a problem", () => {
  const source = "daemon.rate > 10MB && now - daemon.since > 1.5h && '10m' == foo";
  expect(marked(source)).toEqual([["foo", "unknown name 'foo'"]]);
});

test("every problem is said at once, in order, and none provokes another", () => {
  const source = "fo + 1 > 2 && event.hots.startWith('x') && daemon.rate > 5 && window('x')";
  expect(marked(source)).toEqual([
    ["fo", "unknown name 'fo'"],
    ["hots", "unknown field 'hots' of event REMOTE; did you mean 'host'?"],
    ["startWith", "unknown method 'startWith'; did you mean 'startsWith'?"],
    ["daemon.rate > 5", "cannot compare size with number; write 5kB?"],
    ["'x'", "unknown window 'x'"],
  ]);
});

test("bad literals and bad syntax are said together", () => {
  expect(marked("10kb > (5 = 3").map(([where]) => where)).toEqual(["10kb", "="]);
});

test("an expression of another type than expected", () => {
  expect(marked("event.port", { kind: "bool" })).toEqual([["event.port", "expected bool, not number"]]);
  expect(marked("5", { kind: "duration" })).toEqual([["5", "expected duration, not number; write 5s?"]]);
  expect(marked("event.port", { kind: "text" })).toEqual([
    ["event.port", "expected text, not number; write text(…)?"],
  ]);
  expect(marked("'a' == 'b'", { kind: "bool" })).toEqual([]);
});

test("a secret can be read by no operator or function", () => {
  const scope = scopeOf({ vars: { pass: { type: { kind: "secret" } } } });
  for (const source of [
    "vars.pass == 'x'",
    "text(vars.pass) == 'x'",
    "vars.pass + 'x' == ''",
    "acme.echo(vars.pass) == 1",
  ]) {
    expect(problemsOf(source, scope), source).not.toEqual([]);
  }
  for (const source of [
    "[vars.pass] == ['x']",
    "vars.pass in ['x']",
    "size([vars.pass].map(x, text(x))) == 1",
  ]) {
    expect(problemsOf(source, scope), source).not.toEqual([]);
  }
});

test.each([
  ["a deep one", `${"!".repeat(9000)}true`, "nested"],
  ["deep brackets", `${"(".repeat(5000)}1${")".repeat(5000)}`, "exceeded maxDepth"],
  ["a long chain", Array.from({ length: 3000 }, () => "1").join("+"), "nested more than 500 deep"],
  ["a long one", `'${"x".repeat(20_000)}' == ''`, "longer than 16384 characters"],
  ["an open text", `'${"\\".repeat(9001)}`, "unterminated string"],
])("%s is refused, not a crash", (_name, source, message) => {
  const problems = problemsOf(source);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toContain(message);
});
