import { expect, test } from "vitest";
import type { Answer, Template } from "../../../src/rules/answer.ts";
import type { Rule } from "../../../src/rules/rulebook.ts";
import { load, mistakesOf, withRules } from "./support.ts";

async function ruleOf(rule: string): Promise<Rule> {
  const { rulebook, problems } = await load(withRules(rule));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const [first] = rulebook?.rules ?? [];
  if (!first) throw new Error("no rule");
  return first;
}

const answerOf = async (on: string, answer: string): Promise<Answer | undefined> =>
  (await ruleOf(`- { id: a, on: ${on}, answer: ${answer} }`)).answer;

const textOf = (template: Template | undefined, env = {}): unknown => template?.resolve(env);

test("the answers to what OpenVPN needs", async () => {
  expect(await answerOf("NEED-OK", "ok")).toEqual({ kind: "ok" });
  expect(await answerOf("NEED-OK", "cancel")).toEqual({ kind: "cancel" });
  const string = await answerOf("NEED-STR", '{ string: "${event.name}!" }');
  expect(string?.kind === "string" && textOf(string.text, { event: { name: "pin" } })).toBe("pin!");
  const number = await answerOf("NEED-STR", "{ string: 007 }");
  expect(number?.kind === "string" && textOf(number.text)).toBe("007");
});

test("files of keys and certificates stand beside the rulebook", async () => {
  expect(await answerOf("[PK_SIGN, RSA_SIGN]", "{ sign: { key: { file: ./alice.key } } }")).toEqual({
    kind: "sign",
    key: { file: `${process.cwd()}/rules/alice.key` },
  });
  expect(await answerOf("NEED-CERTIFICATE", "{ certificate: { file: /etc/alice.crt } }")).toEqual({
    kind: "certificate",
    file: "/etc/alice.crt",
  });
  expect(await answerOf("PK_SIGN", "{ sign: { exec: [sign, 7] } }")).toEqual({
    kind: "sign",
    key: { exec: ["sign", "7"] },
  });
});

test("the answers about clients", async () => {
  expect(await answerOf("CLIENT:CONNECT", "allow")).toEqual({ kind: "allow", config: [] });
  const allow = await answerOf(
    "CLIENT:CONNECT",
    `{ allow: { config: ['push "route \${event.env.net}"', "x"] } }`,
  );
  expect(
    allow?.kind === "allow" && allow.config.map((line) => textOf(line, { event: { env: { net: "n" } } })),
  ).toEqual(['push "route n"', "x"]);
  const deny = await answerOf(
    "CLIENT:CONNECT",
    "{ deny: { reason: later, client-reason: busy, temporary: { backoff: 90s, advance: remote } } }",
  );
  expect(deny).toMatchObject({ kind: "deny", temporary: { backoff: 90, advance: "remote" } });
  expect(deny?.kind === "deny" && [textOf(deny.reason), textOf(deny.clientReason)]).toEqual([
    "later",
    "busy",
  ]);
  const plain = await answerOf("CLIENT:CONNECT", "deny");
  expect(plain?.kind === "deny" && textOf(plain.reason)).toBe("denied by rule a");
  const pending = await answerOf(
    "CLIENT:CONNECT",
    '{ pending: { method: "WEB_AUTH::https://a", timeout: 2m } }',
  );
  expect(pending).toMatchObject({ kind: "pending", timeout: 120_000 });
});

test("an expression that fails in an answer about a client ends in the default", async () => {
  expect((await ruleOf("- { id: a, on: CLIENT:CONNECT, answer: allow }")).onError).toBe("default");
  expect(
    (await ruleOf("- { id: a, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: allow, on-error: no-match }"))
      .onError,
  ).toBe("no-match");
  expect((await ruleOf("- { id: a, on: CLIENT:ESTABLISHED, do: [notify: x] }")).onError).toBe("no-match");
  expect((await ruleOf("- { id: a, on: NEED-OK, answer: ok }")).onError).toBe("no-match");
});

test("CLIENT:CR_RESPONSE is a query only at times: a rule on it may just do something", async () => {
  expect((await ruleOf("- { id: a, on: CLIENT:CR_RESPONSE, do: [notify: x] }")).answer).toBeUndefined();
  expect((await ruleOf("- { id: a, on: CLIENT:CR_RESPONSE, observe: true, do: [notify: x] }")).observe).toBe(
    true,
  );
  expect((await ruleOf("- { id: a, on: CLIENT:CR_RESPONSE, answer: allow }")).answer?.kind).toBe("allow");
  expect(await mistakesOf(withRules("- { id: a, on: CLIENT:CR_RESPONSE }"))).toEqual([
    "13:3: A rule needs do: or answer:, else it does nothing",
  ]);
});

test("defaults may be given for every query that can be answered", async () => {
  const { rulebook, problems } = await load(`version: 1
defaults:
  PROXY: none
  NEED-OK: ok
  NEED-STR: { string: "0" }
  NEED-CERTIFICATE: { certificate: { file: alice.crt } }
  PK_SIGN: { sign: { key: { file: alice.key } } }
  CLIENT:CONNECT: deny
  CLIENT:REAUTH: { exec: [again], timeout: 5s, else: allow }
  CLIENT:CR_RESPONSE: { deny: { reason: wrong code, client-reason: Wrong code } }
`);
  expect(problems).toEqual([]);
  const { defaults } = rulebook ?? {};
  expect(defaults?.RSA_SIGN).toEqual({ kind: "park" });
  expect(defaults?.["NEED-OK"]).toEqual({ kind: "ok" });
  const deny = defaults?.["CLIENT:CONNECT"];
  expect(deny?.kind === "deny" && textOf(deny.reason)).toBe("denied by default");
});
