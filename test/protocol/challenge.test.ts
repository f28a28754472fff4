import fc from "fast-check";
import { expect, test } from "vitest";
import {
  crResponse,
  dynamicAnswer,
  type DynamicChallenge,
  dynamicChallengeReason,
  parseCrResponse,
  parseDynamicAnswer,
  parseDynamicChallenge,
  parsePendingChallenge,
  parseStaticAnswer,
  type PendingChallenge,
  pendingExtra,
  staticAnswer,
} from "../../src/protocol/challenge.ts";
import { command } from "../../src/protocol/constructors.ts";
import { encode, EncodeError } from "../../src/protocol/encoder.ts";
import { parseNotification } from "../../src/protocol/notifications.ts";
import { Secret } from "../../src/util/secret.ts";
import { sessionsOf } from "../support/transcripts.ts";

/** What OpenVPN said and what it was told in a recording. */
function textOf(file: string): string {
  return sessionsOf(file)
    .flatMap(({ steps }) => steps)
    .map((step) =>
      "bytes" in step ? step.bytes.toString() : `${step.command.args.map(String).join("\n")}\n`,
    )
    .join("");
}

test("a dynamic challenge as it was recorded: asked, answered and received", () => {
  const client = textOf("18-client-auth-retry-interact.jsonl");
  const server = textOf("17-server-client-auth-side.jsonl");
  const reason = /Verification Failed: 'Auth' \['(CRV1.*)'\]/.exec(client)?.[1] ?? "";
  const challenge: DynamicChallenge = {
    state: "STATEID42",
    username: "bob",
    text: "Enter PIN: now",
    echo: true,
    responseRequired: true,
  };
  expect(parseDynamicChallenge(reason)).toEqual(challenge);
  expect(server).toContain(`\n${dynamicChallengeReason(challenge)}\n`);
  const answer = dynamicAnswer(challenge, "123456");
  expect(client).toContain(`Auth\n${answer.reveal()}\n`);
  const received = parseDynamicAnswer(/>CLIENT:ENV,password=(CRV1.*)\r\n/.exec(server)?.[1] ?? "");
  expect([received?.state, received?.response.reveal()]).toEqual(["STATEID42", "123456"]);
});

test("a static challenge as it was recorded", () => {
  const client = textOf("19-passwords-static-challenge-private-key.jsonl");
  const [line = ""] = />PASSWORD:Need 'Auth' username\/password SC:.*(?=\r\n)/.exec(client) ?? [];
  const asked = parseNotification(line);
  if (asked.type !== "PASSWORD:NEED" || !asked.challenge) throw new Error(line);
  const answer = staticAnswer(asked.challenge, new Secret("bar"), "8675309");
  expect(client).toContain(`Auth\n${answer.reveal()}\n`);
  const read = parseStaticAnswer(answer);
  expect([read?.password.reveal(), read?.response.reveal()]).toEqual(["bar", "8675309"]);
});

test("pending challenges as they were recorded", () => {
  const server = textOf("25-server-pending-auth-unanswered.jsonl");
  const extras = [...server.matchAll(/^(?:CR_TEXT|WEB_AUTH|OPEN_URL):.*$/gm)].map(([extra]) => extra);
  expect(extras.slice(0, 2).map(parsePendingChallenge)).toEqual([
    { kind: "CR_TEXT", text: "Enter your PIN, please", echo: true, responseRequired: true },
    { kind: "WEB_AUTH", flags: [], url: "https://sso.example.org/x?a=1,2&b=c:d" },
  ]);
  const known = extras.map(parsePendingChallenge).filter((each) => each !== undefined);
  expect(known.map(({ kind }) => kind)).toContain("OPEN_URL");
  expect(known.slice(0, 2).map(pendingExtra)).toEqual(extras.slice(0, 2));
});

test.each<[text: string, expected: PendingChallenge | undefined]>([
  ["CR_TEXT::x", { kind: "CR_TEXT", text: "x", echo: false, responseRequired: false }],
  ["CR_TEXT:E:a:b", { kind: "CR_TEXT", text: "a:b", echo: true, responseRequired: false }],
  ["CR_TEXT:R", undefined],
  ["WEB_AUTH::https://h", { kind: "WEB_AUTH", flags: [], url: "https://h" }],
  [
    "WEB_AUTH:proxy=[fd00::1];3128;dQ==;cA==,hidden:https://h:8443/",
    { kind: "WEB_AUTH", flags: ["proxy=[fd00::1];3128;dQ==;cA==", "hidden"], url: "https://h:8443/" },
  ],
  ["OPEN_URL:https://h/?a:b", { kind: "OPEN_URL", url: "https://h/?a:b" }],
  ["NEWS:x", undefined],
  ["", undefined],
])("INFOMSG %j is %j", (text, expected) => {
  expect(parsePendingChallenge(text)).toEqual(expected);
  if (expected) expect(pendingExtra(expected)).toBe(text);
});

test.each([
  "Invalid password",
  "CRV1",
  "CRV1:R,E",
  "CRV1:R,E:state:Ym9i",
  "CRV1:R::Ym9i:x",
  "xCRV1:R:s:Ym9i:x",
  "",
])("the reason '%s' is no challenge", (reason) => {
  expect(parseDynamicChallenge(reason)).toBeUndefined();
});

test("a user name that cannot be read leaves the challenge readable", () => {
  expect(parseDynamicChallenge("CRV1:R:s:???:PIN")).toMatchObject({ username: "", text: "PIN" });
});

test.each(["hunter2", "SCRV1", "SCRV1:YQ==", "SCRV1:YQ==:YQ==:", "SCRV1:YQ:YQ==", "SCRV1:/w==:YQ=="])(
  "the password '%s' is no answer to a static challenge",
  (password) => {
    expect(parseStaticAnswer(password)).toBeUndefined();
  },
);

test.each(["hunter2", "CRV1", "CRV1::s", "CRV1::::x", "CRV1:R:s::x"])(
  "the password '%s' is no answer to a dynamic challenge",
  (password) => {
    expect(parseDynamicAnswer(password)).toBeUndefined();
  },
);

test("2.7 can ask for the response behind the password", () => {
  expect(staticAnswer({ concat: true }, "bar", new Secret("42")).reveal()).toBe("bar42");
});

test("what would not come back as it was is refused", () => {
  const challenge = { state: "s", username: "u", text: "x", echo: false, responseRequired: true };
  for (const build of [
    () => dynamicChallengeReason({ ...challenge, state: "a:b" }),
    () => dynamicChallengeReason({ ...challenge, state: "" }),
    () => dynamicChallengeReason({ ...challenge, username: "\ud83e" }),
    () => dynamicAnswer({ state: "a:b" }, "x"),
    () => staticAnswer({ concat: false }, "\udd8a", "x"),
    () => crResponse("\ud83e"),
    () => pendingExtra({ kind: "WEB_AUTH", flags: ["a:b"], url: "https://h" }),
    () => pendingExtra({ kind: "WEB_AUTH", flags: ["a,b"], url: "https://h" }),
    () => pendingExtra({ kind: "WEB_AUTH", flags: [""], url: "https://h" }),
    // One byte more, and the client says nothing at all.
    () => pendingExtra({ kind: "OPEN_URL", url: "x".repeat(238) }),
    () => pendingExtra({ kind: "CR_TEXT", text: "ü".repeat(119), echo: false, responseRequired: false }),
  ])
    expect(build).toThrow(EncodeError);
  expect(pendingExtra({ kind: "OPEN_URL", url: "x".repeat(237) })).toHaveLength(246);
});

test("answers are shown to nobody", () => {
  const answers = [
    staticAnswer({ concat: false }, "hunter2", "123456"),
    dynamicAnswer({ state: "s" }, "123456"),
    crResponse("123456"),
    parseCrResponse("MTIzNDU2"),
    parseStaticAnswer("SCRV1:aHVudGVyMg==:MTIzNDU2"),
    parseDynamicAnswer("CRV1::s::123456"),
  ];
  expect(JSON.stringify(answers)).not.toMatch(/hunter2|123456|aHVudGVyMg|MTIzNDU2/);
});

const SEED = { seed: 20261124, numRuns: 500 };
// oxlint-disable-next-line no-control-regex -- these are just what the encoder refuses
const withoutControls = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, "");
const any = fc.string({ unit: "binary", maxLength: 30 });
const printable = any.map(withoutControls);
const state = printable.map((text) => text.replaceAll(":", "")).filter((text) => text !== "");

test("every dynamic challenge and its answer come back as they were, and can be sent", () => {
  const challenge = fc.record({
    state,
    username: any,
    text: printable,
    echo: fc.boolean(),
    responseRequired: fc.boolean(),
  });
  fc.assert(
    fc.property(challenge, any, (asked, response) => {
      const reason = dynamicChallengeReason(asked);
      expect(parseDynamicChallenge(reason)).toEqual(asked);
      const answer = parseDynamicAnswer(dynamicAnswer(asked, response));
      expect([answer?.state, answer?.response.reveal()]).toEqual([asked.state, response]);
      if (new TextEncoder().encode(reason).length <= 256)
        expect(encode(command.clientDeny(0, 1, "challenge", reason))).toMatch(/^client-deny 0 1 /);
    }),
    SEED,
  );
});

test("every static answer and every response come back as they were, whatever letters they have", () => {
  fc.assert(
    fc.property(any, any, (password, response) => {
      const answer = staticAnswer({ concat: false }, password, response);
      const read = parseStaticAnswer(answer);
      expect([read?.password.reveal(), read?.response.reveal()]).toEqual([password, response]);
      expect(parseCrResponse(crResponse(response).reveal())?.reveal()).toBe(response);
      expect(encode(command.crResponse(crResponse(response)))).toMatch(/^cr-response "[A-Za-z0-9+/=]*"\n$/);
    }),
    SEED,
  );
});

test("every pending challenge comes back as it was", () => {
  const flag = printable.map((text) => text.replace(/[:,[\]]/g, "")).filter((text) => text !== "");
  const pending: fc.Arbitrary<PendingChallenge> = fc.oneof(
    fc.record({
      kind: fc.constant("CR_TEXT" as const),
      text: printable,
      echo: fc.boolean(),
      responseRequired: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant("WEB_AUTH" as const),
      flags: fc.array(flag, { maxLength: 3 }),
      url: fc.webUrl(),
    }),
    fc.record({ kind: fc.constant("OPEN_URL" as const), url: fc.webUrl() }),
  );
  fc.assert(
    fc.property(pending, (asked) => {
      fc.pre(JSON.stringify(asked).length < 200);
      const extra = pendingExtra(asked);
      expect(parsePendingChallenge(extra)).toEqual(asked);
      expect(encode(command.clientPendingAuth(0, 1, extra, 60))).toMatch(/ 60\n$/);
    }),
    SEED,
  );
});

test("no text makes a reader throw", () => {
  const begun = fc.tuple(
    fc.constantFrom("CRV1:", "SCRV1:", "CRV1::", "CR_TEXT:", "WEB_AUTH:", "OPEN_URL:", ""),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(begun, ([head, rest]) => {
      for (const read of [
        parseDynamicChallenge,
        parseDynamicAnswer,
        parseStaticAnswer,
        parsePendingChallenge,
        parseCrResponse,
      ])
        read(head + rest);
    }),
    SEED,
  );
});
