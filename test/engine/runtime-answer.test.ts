import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { runtimeAnswer } from "../../src/engine/runtime-answer.ts";
import { definePlugin } from "../../src/plugin/contract.ts";
import type { Answer, Query } from "../../src/rules/answer.ts";
import { Scripted } from "./scripted.ts";

const directory = mkdtempSync(join(tmpdir(), "runtime-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** An answer with its texts as they would be sent. */
function given(query: Query, value: unknown): unknown {
  const answer = runtimeAnswer(query, value, {
    remotes: new Set(["office"]),
    proxies: new Set(["corporate"]),
  });
  return JSON.parse(JSON.stringify(answer, (_, entry: unknown) => textOf(entry)));
}

function textOf(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || !("resolve" in entry)) return entry;
  return (entry as { resolve(env: object): unknown }).resolve({});
}

const deny = { reason: "full", "client-reason": "later", temporary: { backoff: "90s", advance: "addr" } };

test.each<[Query, unknown, Partial<Record<keyof Answer, unknown>> & Record<string, unknown>]>([
  ["NEED-OK", "ok", { kind: "ok" }],
  ["NEED-STR", { string: "x" }, { kind: "string", text: "x" }],
  ["NEED-CERTIFICATE", { certificate: { file: "/a.crt" } }, { kind: "certificate", file: "/a.crt" }],
  ["PK_SIGN", { signature: "QUJD\nREVG\n" }, { kind: "signature", data: "QUJDREVG" }],
  ["RSA_SIGN", { sign: { key: { file: "/a.key" } } }, { kind: "sign", key: { file: "/a.key" } }],
  ["PK_SIGN", { sign: { exec: ["sign"] } }, { kind: "sign", key: { exec: ["sign"] } }],
  ["CLIENT:CONNECT", "allow", { kind: "allow", config: [] }],
  ["CLIENT:REAUTH", { allow: { config: ["a", "b"] } }, { kind: "allow", config: ["a", "b"] }],
  ["CLIENT:CONNECT", "deny", { kind: "deny", reason: "denied by the rule's program" }],
  [
    "CLIENT:CR_RESPONSE",
    { deny },
    { kind: "deny", reason: "full", clientReason: "later", temporary: { backoff: 90, advance: "addr" } },
  ],
  [
    "CLIENT:CONNECT",
    { pending: { method: "CR_TEXT:R:x", timeout: 60 } },
    { kind: "pending", method: "CR_TEXT:R:x", timeout: 60_000 },
  ],
])("a program answers %s with %j", (query, value, answer) => {
  expect(given(query, value)).toEqual(answer);
});

test.each<[Query, unknown]>([
  ["NEED-OK", "yes"],
  ["NEED-STR", "ok"],
  ["NEED-CERTIFICATE", { certificate: { file: "./a.crt" } }],
  ["PK_SIGN", { signature: "!" }],
  ["PK_SIGN", { sign: { key: { file: "a.key" } } }],
  ["PK_SIGN", { sign: { exec: [] } }],
  ["CLIENT:CONNECT", "accept"],
  ["CLIENT:CONNECT", { allow: {} }],
  ["CLIENT:CONNECT", { deny: { reason: 5 } }],
  ["CLIENT:CONNECT", { deny: { reason: "x", temporary: { backoff: "soon" } } }],
  ["CLIENT:CONNECT", { pending: { method: "x" } }],
  ["CLIENT:CONNECT", { allow: { config: [] }, deny: { reason: "x" } }],
  ["PASSWORD:NEED", "ok"],
  ["PASSWORD:NEED", { credentials: { pass: "x" } }],
  ["PROXY", { from: "office" }],
  ["PROXY", { https: { host: "a", port: 1 } }],
  ["PROXY", { http: { host: "a b", port: 1 } }],
  ["PROXY", { socks: { host: "a", port: 0 } }],
])("a program does not answer %s with %j", (query, value) => {
  expect(() =>
    runtimeAnswer(query, value, { remotes: new Set(["office"]), proxies: new Set(["corporate"]) }),
  ).toThrow(`No answer for ${query}: `);
});

const CLIENT = [
  ">CLIENT:CONNECT,0,1",
  ">CLIENT:ENV,username=ann",
  ">CLIENT:ENV,password=correct horse",
  ">CLIENT:ENV,END",
];

test("who decides about a client gets its password, and nobody else does", async () => {
  const seen: unknown[] = [];
  const plugin = definePlugin({
    name: "acme",
    answers: {
      look: {
        queries: ["CLIENT:CONNECT"],
        params: z.object({}),
        answer: (_, { event }) => {
          seen.push((event["env"] as { password: unknown }).password);
          throw new Error(`no such user with ${String(seen[0])}`);
        },
      },
    },
    actions: {
      tell: { params: z.object({}), run: (_, { event }) => void seen.push(JSON.stringify(event["env"])) },
    },
  });
  const input = join(directory, "input");
  const it = await Scripted.open(
    `version: 1
plugins: { acme: ./acme.ts }
defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }
rules:
  - id: look
    on: CLIENT:CONNECT
    answer: { acme.look: {}, timeout: 5s, else: { exec: [sh, -c, "cat > ${input}; echo '\\"allow\\"'"], timeout: 5s, else: deny } }
    do: [ { acme.tell: {} }, { notify: "\${event.env}" } ]
`,
    { plugin },
  );
  await it.says(...CLIENT);
  expect(it.sent()).toEqual(["client-auth-nt 0 1"]);
  expect(JSON.parse(readFileSync(input, "utf8"))).toMatchObject({
    type: "CLIENT:CONNECT",
    cid: 0,
    env: { username: "ann", password: "correct horse" },
  });
  expect(seen).toEqual(["correct horse", '{"username":"ann","password":"<redacted>"}']);
  expect(it.errors).toEqual(["no such user with <redacted>"]);
  expect(JSON.stringify(it.records)).not.toContain("correct horse");
});
