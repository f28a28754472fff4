import { expect, test } from "vitest";
import { formatProblem } from "../../../src/rules/load/load.ts";
import { FILE, load } from "./support.ts";

async function told(rest: string): Promise<string[]> {
  const { problems } = await load(`version: 1\n${rest}`);
  return problems.map((problem) => formatProblem(problem).replace(`${FILE}:`, ""));
}

const open = (query: string): string =>
  `not every ${query} is answered; give defaults: { ${query}: deny } (or allow), or end with a rule that always matches`;
const REAUTH =
  "warning: CLIENT:CONNECT is answered and CLIENT:REAUTH is not: clients are cut off when they renew their keys, hourly unless reneg-sec says otherwise";

const CONDITIONAL = "where: { env.username: alice }, answer: allow";

test.each([
  ["a condition", CONDITIONAL],
  ["nothing but watching", "observe: true, do: [notify: x]"],
  ["a shadow", "shadow: true, answer: allow"],
  ["a throttle", "throttle: { times: 1, per: 1m }, answer: allow"],
])("a rulebook with rules on clients says what holds without them: %s", async (_, rule) => {
  for (const query of ["CLIENT:CONNECT", "CLIENT:REAUTH"]) {
    const found = await told(
      `rules:\n  - { id: a, on: STATE, do: [notify: x] }\n  - { id: b, on: ${query}, ${rule} }`,
    );
    expect(found.filter((problem) => problem.includes("error"))).toEqual([`4:5: error: ${open(query)}`]);
  }
});

test("a default closes, and so does a rule that always answers", async () => {
  const rule = `rules: [{ id: a, on: [CLIENT:CONNECT, CLIENT:REAUTH], ${CONDITIONAL} }`;
  expect(await told(`defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": allow }\n${rule}]`)).toEqual([]);
  expect(await told(`${rule}, { id: b, on: [CLIENT:REAUTH, CLIENT:CONNECT], answer: deny }]`)).toEqual([]);
  expect(await told(`${rule}, { id: b, on: CLIENT:CONNECT, answer: deny }]`)).toEqual([
    `2:9: error: ${open("CLIENT:REAUTH")}`,
  ]);
  expect(
    await told(`${rule}, { id: b, on: [CLIENT:REAUTH, CLIENT:CONNECT], enabled: false, answer: deny }]`),
  ).toEqual([`2:9: error: ${open("CLIENT:CONNECT")}`, `2:9: error: ${open("CLIENT:REAUTH")}`]);
});

test("a last rule whose answer is mistaken has just that mistake", async () => {
  expect(await told("rules: [{ id: a, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: dny }]")).toEqual([
    "2:63: error: unknown answer 'dny'; did you mean 'deny'?",
  ]);
});

test("rules that are switched off, and other events of clients, ask for nothing", async () => {
  expect(await told(`rules: [{ id: a, on: CLIENT:CONNECT, enabled: false, ${CONDITIONAL} }]`)).toEqual([]);
  expect(await told("rules: [{ id: a, on: CLIENT:ESTABLISHED, do: [notify: x] }]")).toEqual([]);
});

test("who answers CONNECT and forgets REAUTH is warned", async () => {
  expect(await told("rules: [{ id: a, on: CLIENT:CONNECT, answer: allow }]")).toEqual([`2:9: ${REAUTH}`]);
  expect(await told('defaults: { "CLIENT:CONNECT": allow }')).toEqual([`2:13: ${REAUTH}`]);
});
