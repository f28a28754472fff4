import { createPrivateKey } from "node:crypto";
import { signDigest } from "../../../src/engine/signing/curves.ts";
import { MODES } from "../modes.ts";
import { type Client, says } from "../subject.ts";
import { type Case, done, entered, HOLD, leads, LET_IN, started, state } from "./case.ts";

const wrapped = (text: string): string => (text.match(/.{1,64}/g) ?? []).join("\n");

/** As a controller with the key signs what was asked. */
function signature(client: Client, question: string): string {
  const [, data = ""] = /^>(?:PK|RSA)_SIGN:([^,]*)/.exec(question) ?? [];
  const signed = signDigest(createPrivateKey(client.key), Buffer.from(data, "base64"));
  return wrapped(Buffer.from(signed).toString("base64"));
}

function signing(command: "pk-sig" | "rsa-sig", version: number, asked: RegExp, word: string): Case {
  return {
    title: `${command} for client version ${version}`,
    ...(version === 3 ? { covers: [["sign", command]] as const } : {}),
    provokes: [version === 1 ? "RSA_SIGN" : "PK_SIGN"],
    run: async (subject) => {
      const { client, link } = await started(subject, { hold: true, meets: "up", externalKey: {} }, HOLD);
      await link.ask(`version ${version}\nhold release\n`);
      const question = await link.sees(asked);
      const lines = signature(client, question);
      await leads(link, `${command}\n${lines}\nEND\n`, done(word), ...LET_IN.slice(1));
    },
  };
}

/** Keys that are locked, on a token, or with the controller. */
export const KEY_CASES: readonly Case[] = [
  {
    title: "the password of a key, right",
    covers: [],
    run: async (subject) => {
      const { link } = await started(subject, { keyPassword: "sesame" }, /^>PASSWORD:/);
      await leads(link, 'password "Private Key" sesame\n', entered("Private Key", "password"), state("WAIT"));
    },
  },
  {
    title: "the password of a key, wrong",
    run: async (subject) => {
      const { client, link } = await started(subject, { keyPassword: "sesame" }, /^>PASSWORD:/);
      await leads(
        link,
        'password "Private Key" wrong\n',
        entered("Private Key", "password"),
        ">PASSWORD:Verification Failed: 'Private Key'",
        ">FATAL:Error: private key password verification failed",
      );
      says([String(await client.ended())], "1");
    },
  },
  {
    title: "a token that is not there, however often it is said to be",
    provokes: ["NEED-STR", "NEED-OK"],
    run: async (subject) => {
      const { link, daemon } = await MODES.needOk.reach(subject);
      const ok = entered("token-insertion-request", "needok-confirmation");
      await leads(link, "needok token-insertion-request ok\n", ok, MODES.needOk.question);
      await leads(
        link,
        "needok token-insertion-request cancel\n",
        ok,
        ">FATAL:Error: private key password verification failed",
      );
      says([String(await daemon.ended())], "1");
    },
  },
  {
    title: "forget-passwords while a token is asked for: it hangs for ever",
    covers: [["needOk", "forget-passwords"]],
    run: async (subject) => {
      const { link, daemon } = await MODES.needOk.reach(subject);
      const from = link.lines.length;
      link.write("forget-passwords\npid\nsignal SIGTERM\n");
      await link.rest(300);
      says(link.lines.slice(from));
      link.leave();
      const next = await daemon.controller();
      await next.rest(300);
      says([...next.lines, String(next.closed)], "false");
    },
  },
  {
    title: "a certificate and a signature that lie with the controller",
    covers: [["certificate", "certificate"]],
    provokes: ["NEED-CERTIFICATE", "PK_SIGN"],
    run: async (subject) => {
      const { client, link } = await started(
        subject,
        { meets: "up", externalKey: { certificate: "which one" } },
        /^>NEED-CERTIFICATE:which one$/,
      );
      await link.ask("version 2\n");
      await leads(
        link,
        `certificate\n${client.certificate}\nEND\n`,
        done("certificate"),
        state("WAIT"),
        state("AUTH"),
        /^>PK_SIGN:[A-Za-z0-9+/=]+$/,
      );
      const lines = signature(client, link.lines.at(-1) ?? "");
      await leads(link, `pk-sig\n${lines}\nEND\n`, done("pk-sign"), ...LET_IN.slice(1));
    },
  },
  {
    title: "what is no certificate",
    run: async (subject) => {
      const { link, daemon } = await MODES.certificate.reach(subject);
      await leads(
        link,
        "certificate\npid\nEND\n",
        done("certificate"),
        ">FATAL:Cannot load inline certificate file",
      );
      says([String(await daemon.ended())], "1");
    },
  },
  {
    title: "what is no signature",
    run: async (subject) => {
      const { link } = await MODES.sign.reach(subject);
      await link.ask("hold on\nstate on\n");
      await leads(link, "pk-sig\npid\nEND\n", done("pk-sign"), state("RECONNECTING", "tls-error"), HOLD);
    },
  },
  signing("pk-sig", 3, /^>PK_SIGN:[A-Za-z0-9+/=]+,ECDSA$/, "pk-sign"),
  signing("rsa-sig", 3, /^>PK_SIGN:[A-Za-z0-9+/=]+,ECDSA$/, "pk-sign"),
  signing("rsa-sig", 1, /^>RSA_SIGN:[A-Za-z0-9+/=]+$/, "rsa-sign"),
];
