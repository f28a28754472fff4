import { test } from "vitest";
import { expectPassed } from "./rulebook-tests.ts";

const RULEBOOK = `version: 1
secrets:
  pass: { env: PASS }
  code: { totp: { file: ./totp.key } }
rules:
  - id: login
    on: PASSWORD:NEED
    where: { realm: Auth }
    answer: { credentials: { username: alice, password: { secret: pass }, otp: { secret: code } }, budget: 2 }
tests:
  - name: a login, a challenge with its answer, a static challenge, and no third wrong try, not of the next engine either
    daemon: { secrets: { pass: "pw 1", code: "123456" } }
    steps:
      - receive: ">PASSWORD:Need 'Auth' username/password"
      - expect: ['username Auth alice', 'password Auth "pw 1"']
      - receive: ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:st4te:YWxpY2U=:Your code']"
      - receive: ">PASSWORD:Need 'Auth' username/password"
      - expect: ['username Auth alice', 'password Auth CRV1::st4te::123456']
      - receive: ">PASSWORD:Verification Failed: 'Auth'"
      - receive: ">PASSWORD:Need 'Auth' username/password SC:1,Code please"
      - expect: ['username Auth alice', 'password Auth "SCRV1:cHcgMQ==:MTIzNDU2"']
      - receive: ">PASSWORD:Verification Failed: 'Auth'"
      - receive: ">PASSWORD:Need 'Auth' username/password"
      - expect: []
      - restart: engine
      - expect: []
`;

test("logins: passwords, codes, challenges, and a budget of wrong ones that outlives the engine", async () => {
  await expectPassed(RULEBOOK);
});
