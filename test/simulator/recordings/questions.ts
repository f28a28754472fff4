import type { Verdict } from "../replay.ts";
import { at, type Case } from "./case.ts";

const plain = { hold: false, queryRemote: false } as const;

const deny =
  (after: number, reason?: string): Verdict =>
  (session, later) =>
    later(after, () => session.deny(reason));

/** With --management-client-auth the yes comes late, and the settings with the next push request. */
const accept =
  (after = 3, pushed = {}): Verdict =>
  (session, later) =>
    later(after, () => session.accept(pushed));

const PASSWORDS = "19-passwords-static-challenge-private-key.jsonl";
const auth = { ...plain, remotes: [at(21951)], auth: {} };
const key = { ...plain, remotes: [at(21951)], keyPassword: 's3cr"t\\x' };

const passwords: readonly Case[] = [
  {
    name: "a static challenge",
    file: PASSWORDS,
    part: 1,
    setup: { ...auth, auth: { challenge: { text: "Please enter token PIN", echo: true } } },
  },
  {
    name: "a static challenge that is too long",
    file: PASSWORDS,
    part: 2,
    setup: { ...auth, auth: { challenge: { text: "L".repeat(150) } } },
  },
  {
    name: "the password of a key",
    file: PASSWORDS,
    part: 3,
    // The server refuses whoever has no name, and says nothing.
    setup: { ...key, remotes: [{ ...at(21951), condition: "stuck" }] },
  },
  { name: "a wrong password of a key", file: PASSWORDS, part: 4, setup: key },
  {
    name: "a wrong password of a key that is asked again",
    file: PASSWORDS,
    part: 5,
    setup: { ...key, authRetry: "interact" },
  },
  { name: "name and password, then the key's", file: PASSWORDS, part: 6, setup: { ...key, auth: {} } },
  ...["127", "128"].map((length, i) => ({
    name: `a password of ${length} characters`,
    file: PASSWORDS,
    part: 7 + i,
    setup: auth,
  })),
  ...["200", "256"].map((length, i) => ({
    name: `a password of ${length} characters`,
    file: PASSWORDS,
    part: 9 + i,
    setup: { ...auth, verdicts: [accept()] },
  })),
  { name: "a password of 257 characters", file: PASSWORDS, part: 11, setup: auth },
  { name: "an empty password", file: PASSWORDS, part: 12, setup: auth },
  { name: "a password that stands for an empty one", file: PASSWORDS, part: 13, setup: auth },
  { name: "a name and a password in UTF-8", file: PASSWORDS, part: 14, setup: auth },
  { name: "SIGUSR1 while a password is asked", file: PASSWORDS, part: 15, setup: auth },
  { name: "SIGTERM while a password is asked", file: PASSWORDS, part: 16, setup: auth },
];

const SIGNATURES = "29-external-key-cert.jsonl";
const external = { queryRemote: false, remotes: [at(21958)] };
const ec = { ...external, externalKey: { kind: "EC" } as const };

const signatures: readonly Case[] = [
  ...["version 3", "no version", "version 2"].map((name, i) => ({
    name: `a signature, ${name}`,
    file: SIGNATURES,
    part: 1 + i,
    setup: ec,
  })),
  {
    name: "an RSA key without PSS",
    file: SIGNATURES,
    part: 4,
    setup: { ...external, externalKey: { kind: "RSA", hints: ["nopadding", "pkcs1"] } },
  },
  {
    name: "an RSA key that digests",
    file: SIGNATURES,
    part: 5,
    setup: { ...external, externalKey: { kind: "RSA", hints: ["pkcs1", "pss", "digest"] } },
  },
  {
    name: "an RSA key with PKCS#1 only",
    file: SIGNATURES,
    part: 6,
    setup: { ...external, externalKey: { kind: "RSA", hints: ["pkcs1"] } },
  },
  {
    name: "a certificate and a signature",
    file: SIGNATURES,
    part: 7,
    setup: {
      ...external,
      externalKey: { kind: "EC", certificate: "macosx-keychain:subject:o=OpenVPN-TEST" },
    },
  },
  { name: "what is no signature", file: SIGNATURES, part: 8, setup: ec },
];

/** Whatever the controller answers when the user, the key or a token is asked for. */
export const QUESTIONS: readonly Case[] = [
  {
    name: "logins that are refused, challenged, put off and accepted",
    file: "18-client-auth-retry-interact.jsonl",
    setup: {
      ...plain,
      remotes: [at(21950)],
      handshake: 6,
      auth: {},
      authRetry: "interact",
      verdicts: [
        deny(1_055),
        deny(782, "Your account, is locked: call 'IT'"),
        deny(1_060, "CRV1:R,E:STATEID42:Ym9i:Enter PIN: now"),
        deny(1_060, "TEMP[backoff 3,advance no]: come back"),
        accept(3, { token: "TOKEN_abc", echo: ["forget-passwords"] }),
        accept(),
        accept(),
        deny(1_105, "final"),
      ],
    },
  },
  ...passwords,
  {
    name: "PKCS#11: an id that is asked for",
    file: "28-pkcs11-need-str-need-ok.jsonl",
    part: 1,
    setup: { ...plain, remotes: [at(21958)], pkcs11: { present: () => false } },
  },
  {
    name: "PKCS#11: a token that is not there",
    file: "28-pkcs11-need-str-need-ok.jsonl",
    part: 2,
    setup: { ...plain, remotes: [at(21958)], pkcs11: { id: "a/b/c/My/01", present: () => false } },
  },
  ...["", "g2"].map((who) => ({
    name: `PKCS#11: ids in the first hold ${who}`,
    file: "02-pkcs11-id-count-in-hold-crash.jsonl",
    who: [who],
    setup: { remotes: [at(21945)], queryRemote: false },
  })),
  ...signatures,
];
