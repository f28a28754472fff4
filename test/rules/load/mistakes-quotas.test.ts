import { expect, test } from "vitest";
import { load, marked, mistakesOf } from "./support.ts";

const PER = "hour, day, week, month, lifetime";
const LEVEL = "is not a percentage below 100% such as 80%";

/** A quota whose keys are those that it needs, and these. */
const quota = (keys: string): string =>
  `quotas: { q: { subject: client.common_name, limit: 1GB, per: day, ${keys} } }`;
const per = (value: string): string =>
  `quotas: { q: { subject: client.common_name, limit: 1GB, per: ${value} } }`;
const limit = (value: string): string =>
  `quotas: { q: { subject: client.common_name, per: day, limit: ${value} } }`;

const QUOTAS: readonly (readonly [text: string, ...messages: string[]])[] = [
  ["quotas: «[q]", "A map was expected"],
  ["quotas: { q: «5 }", "A map with subject, limit, per, tz, counts, warn-at was expected"],
  [
    "quotas: { «Q: { subject: client.common_name, limit: 1GB, per: day } }",
    "'Q' is no name of a quota; a-z, 0-9, - and _ were expected",
  ],
  ["quotas: { q: «{} }", "A quota needs subject and limit and per"],
  ["quotas: { q: «{ subject: client.common_name } }", "A quota needs limit and per"],
  [quota("«warn-ta: [80%]"), "unknown key 'warn-ta'; did you mean 'warn-at'?"],
  [quota("«onunknown: deny"), "unknown key 'onunknown'; did you mean 'on-unknown'?"],
  [quota("counts: «bot"), "'bot' is not in, out, both; did you mean 'both'?"],
  [quota("on-unknown: «denied"), "'denied' is not deny, allow"],
  [quota("scope: «deamon"), "'deamon' is not all, daemon; did you mean 'daemon'?"],
  [quota("tz: «Europe/Berln"), "unknown time zone 'Europe/Berln'; a name such as Europe/Berlin was expected"],
  [quota("warn-at: [«80]"), `'80' ${LEVEL}`],
  [quota("warn-at: [«0%]"), `'0%' ${LEVEL}`],
  [quota("warn-at: [«100%]"), `'100%' ${LEVEL}`],
  [quota("warn-at: [«-5%, «many]"), `'-5%' ${LEVEL}`, `'many' ${LEVEL}`],
  [quota("warn-at: «80%"), "A list was expected"],
  [quota("warn-at: «[80%, 80.0%]"), "'80%' stands in the list twice"],
  [per("«fortnight"), `'fortnight' is not ${PER}`],
  [per("«mouth"), `'mouth' is not ${PER}; did you mean 'month'?`],
  [per("«24h"), `'24h' is not ${PER}`],
  [per("{ last: «24 }"), "'24' is not a duration of at least 1m"],
  [per("{ last: «5s }"), "'5s' is not a duration of at least 1m"],
  [per("{ month: { starts: «32 } }"), "'32' is not a whole number from 1 to 31"],
  [per("{ month: { starts: «0 } }"), "'0' is not a whole number from 1 to 31"],
  [per("{ month: «{} }"), "This needs starts"],
  [per("{ month: «15 }"), "A map with starts was expected"],
  [per("«{ last: 24h, month: { starts: 15 } }"), "One of last and month was expected, such as { last: 24h }"],
  [per("«{}"), "One of last and month was expected, such as { last: 24h }"],
  [
    per("«{ «lats: 24h }"),
    "One of last and month was expected, such as { last: 24h }",
    "unknown key 'lats'; did you mean 'last'?",
  ],
  [limit("'«quota(\"q\").used'"), "unknown function 'quota'"],
  [limit("«50"), "'50' is not a size such as 50GiB"],
  [limit("«50gib"), "'50gib' is no number, duration or size; did you mean '50GiB'?"],
  [limit("«true"), "'true' is not a size such as 50GiB"],
  [
    limit("«[1GB]"),
    "A size such as 50GiB, or an expression, was expected, not a list; quote the whole value",
  ],
  [limit("'«client.common_name'"), "expected size, not text"],
  [
    limit("'«client.common_name == \"a\" ? 1GB : 5'"),
    "both results of ?: must have the same type, not size and number",
  ],
  [limit("'«5 > 4'"), "expected size, not bool"],
  [limit("'1GB * client.«byts_in'"), "unknown field 'byts_in' of client; did you mean 'bytes_in'?"],
  [
    "quotas: { q: { subject: «client.connected_since, limit: 1GB, per: day } }",
    "expected text, not time; write text(…)?",
  ],
  [
    "quotas: { q: { subject: client.«comon_name, limit: 1GB, per: day } }",
    "unknown field 'comon_name' of client; did you mean 'common_name'?",
  ],
  ["quotas: { q: { subject: «event.cid, limit: 1GB, per: day } }", "unknown name 'event'"],
  [quota("exempt: «client.common_name"), "expected bool, not text"],
  [quota("exempt: 'client.common_name in lists.«opps'"), "unknown field 'opps' of lists"],
  [
    quota("exempt: «client.common_name in lists.ops"),
    "An expression inside { } must be quoted; quote the whole value",
  ],
  [quota("«q2: 1"), "unknown key 'q2'"],
];

test.each(QUOTAS)("a mistake in quotas is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
  expect((await mistakesOf(rulebook)).toSorted()).toEqual(expected.toSorted());
});

const RULES: readonly (readonly [rule: string, ...messages: string[]])[] = [
  [
    "- { id: a, on: CLIENT:CONNECT, when: 'quota(«\"monthy\").exceeded', answer: allow }",
    "unknown quota 'monthy'; did you mean 'monthly'?",
  ],
  [
    "- { id: a, on: CLIENT:CONNECT, when: 'quota(\"monthly\").«exceded', answer: allow }",
    "unknown field 'exceded' of quota; did you mean 'exceeded'?",
  ],
  [
    "- { id: a, on: CLIENT:ESTABLISHED, do: [{ charge: { quota: «monthy, bytes: 1MB } }] }",
    "unknown quota 'monthy'; did you mean 'monthly'?",
  ],
  [
    "- { id: a, on: CLIENT:ESTABLISHED, do: [{ reset: { quota: «monthy } }] }",
    "unknown quota 'monthy'; did you mean 'monthly'?",
  ],
  ["- { id: a, on: CLIENT:ESTABLISHED, do: [{ charge: «{ quota: monthly } }] }", "This needs bytes"],
  [
    "- { id: a, on: CLIENT:ESTABLISHED, do: [{ reset: { quota: monthly, «subjct: a } }] }",
    "unknown key 'subjct'; did you mean 'subject'?",
  ],
  [
    "- { id: a, on: «quota.exceded, do: [{ notify: x }] }",
    "unknown event 'quota.exceded'; did you mean 'quota.exceeded'?",
  ],
  [
    "- { id: a, on: quota.warned, where: { «subjekt: a }, do: [{ notify: x }] }",
    "unknown field 'subjekt' of quota.warned; did you mean 'subject'?",
  ],
];

test.each(RULES)("a mistake about a quota in a rule is told at its place: %s", async (rule, ...messages) => {
  const book = `version: 1
defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }
quotas: { monthly: { subject: client.common_name, limit: 1GB, per: month } }
rules:
  ${rule}
`;
  const { text, expected } = marked(book, messages);
  expect(await mistakesOf(text)).toEqual(expected);
});

test("the same name twice, also over files, and too many levels", async () => {
  const twice = marked(
    "version: 1\nquotas:\n  q: { subject: client.common_name, limit: 1GB, per: day }\n  «q: { subject: client.common_name, limit: 1GB, per: day }",
    ["duplicate key 'q'"],
  );
  expect(await mistakesOf(twice.text)).toEqual(twice.expected);
  const levels = Array.from({ length: 21 }, (_, i) => `${i + 1}%`).join(", ");
  const many = marked(`version: 1\n${quota(`warn-at: «[${levels}]`)}`, ["At most 20 levels were expected"]);
  expect(await mistakesOf(many.text)).toEqual(many.expected);
});

/** A quota as it was loaded, without its expressions. */
async function loaded(text: string, set: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const params =
    "params: { limit: { type: size, default: 50GiB }, tz: { type: text, default: UTC } }\nlists: { ops: [ann] }";
  const { rulebook, problems } = await load(`version: 1\n${params}\n${text}`, { set });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const [first] = rulebook?.quotas ?? [];
  return first;
}

test.each([
  ["hour", "hour"],
  ["day", "day"],
  ["week", "week"],
  ["month", { month: 1 }],
  ["lifetime", "lifetime"],
  ["{ last: 24h }", { last: 86_400_000 }],
  ["{ last: 1m }", { last: 60_000 }],
  ["{ month: { starts: 1 } }", { month: 1 }],
  ["{ month: { starts: 31 } }", { month: 31 }],
])("per: %s", async (text, expected) => {
  expect(await loaded(per(text))).toMatchObject({
    per: expected,
    counts: "both",
    scope: "all",
    onUnknown: "deny",
  });
});

test.each([
  ["1GB", 1e9],
  ["50GiB", 50 * 2 ** 30],
  ["0B", 0],
  ["'2kB'", 2_000],
  ["'${params.limit}'", 50 * 2 ** 30],
])("limit: %s is the same for all", async (text, expected) => {
  expect(await loaded(limit(text))).toMatchObject({ limit: expected });
});

test("a limit by a parameter is what was set", async () => {
  expect(await loaded(limit("'${params.limit}'"), { limit: "7MB" })).toMatchObject({ limit: 7_000_000 });
});

test.each([
  "'client.common_name in lists.ops ? 100GB : 10GB'",
  "'client.common_name in lists.ops ? params.limit * 2 : params.limit'",
  "'client.username == \"\" ? 1GB : params.limit'",
  "params.limit",
])("limit: %s is worked out for each", async (text) => {
  expect(await loaded(limit(text))).toMatchObject({ limit: { type: { kind: "size" } } });
});

test("all keys at once; levels are put in order", async () => {
  const text = quota(
    "tz: '${params.tz}', counts: in, warn-at: [95%, 12.5%, 80%], exempt: 'client.common_name in lists.ops', on-unknown: allow, scope: daemon",
  );
  expect(await loaded(text, { tz: "Asia/Kathmandu" })).toMatchObject({
    ...{ name: "q", tz: "Asia/Kathmandu", counts: "in", onUnknown: "allow", scope: "daemon" },
    warnAt: [
      { text: "12.5%", fraction: 0.125 },
      { text: "80%", fraction: 0.8 },
      { text: "95%", fraction: 0.95 },
    ],
  });
});
