import { expect, test } from "vitest";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { runTest } from "../../src/engine/testing/run-test.ts";
import { load } from "../rules/load/support.ts";

const RULES = `version: 1
rules:
  - { id: answer, on: HOLD, answer: release, do: [{ verb: 5 }] }
  - { id: watch, on: HOLD, observe: true, do: [{ verb: 6 }] }
  - { id: ask, on: STATE, where: { name: WAIT }, do: [{ management: [pid] }, { management: [status, 3] }] }
`;

/** What is not as the steps expect. */
async function failuresOf(steps: string): Promise<string[]> {
  const { rulebook, problems } = await load(`${RULES}tests:\n  - name: steps\n    steps:\n${steps}`);
  expect(problems).toEqual([]);
  const [first] = rulebook?.tests ?? [];
  if (!rulebook || !first) throw new Error("no test");
  const failures = await runTest(rulebook, first, builtinCatalogue);
  return failures.map(({ position, message }) => `${position.line}: ${message}`);
}

test("a rule that watches a query fires beside the one that answers", async () => {
  const steps = `      - receive: ">HOLD:Waiting for hold release:0"
      - expect: [hold release, verb 6, verb 5]
      - expect-fired: [answer, watch]
`;
  expect(await failuresOf(steps)).toEqual([]);
});

test("what rules read counts, what the engine reads on its own does not", async () => {
  const steps = `      - expect: []
      - receive: ">STATE:1767600000,WAIT,,,,,,"
      - expect: [pid, status 3]
      - restart: engine
      - expect: []
`;
  expect(await failuresOf(steps)).toEqual([]);
});

test("a command of several lines is one block text, and what OpenVPN needs is told again to an engine that comes back", async () => {
  const text = `version: 1
rules:
  - { id: key, on: PK_SIGN, answer: { sign: { exec: [echo, ${"QUJD".repeat(20)}] } } }
  - { id: token, on: NEED-OK, answer: ok }
tests:
  - name: lines
    steps:
      - receive: ">PK_SIGN:QUJD,ECDSA"
      - expect: |
          pk-sig
          ${"QUJD".repeat(16)}
          ${"QUJD".repeat(4)}
          END
      - receive: ">NEED-OK:Need 'token-insertion-request' confirmation MSG:x"
      - reply: "ERROR: no"
      - expect: [ needok token-insertion-request ok, needok token-insertion-request cancel ]
      - restart: engine
      - expect: []
      - receive: ">NEED-STR:Need 'a' string MSG:b"
      - restart: engine
      - expect: []
`;
  const { rulebook } = await load(text);
  const [first] = rulebook?.tests ?? [];
  if (!rulebook || !first) throw new Error("no test");
  expect(await runTest(rulebook, first, builtinCatalogue)).toEqual([]);
});
