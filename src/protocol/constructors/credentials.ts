import type { Command } from "../command.ts";
import { toBase64 } from "../../util/base64.ts";
import { Secret } from "../../util/secret.ts";
import { EncodeError } from "../encoder.ts";
import { block, type Lines, make, type Text } from "./parts.ts";

/** Letters of one line of base64. */
const BASE64_LINE = 512;

/** Answers to questions for what OpenVPN needs to log in. `type` is the one that it asked for: `Auth`, `Private Key`, `HTTP Proxy`. */
export const credentials = {
  username: (type: string, name: Text): Command<"username"> => make("username", type, name),
  password: (type: string, password: Text): Command<"password"> => make("password", type, password),
  /** 2.7.2, behind `version 5`: a password of any length below 4096 bytes and with any letters. */
  passwordMultiline: (type: string, password: Text): Command<"password"> =>
    block("password", [type], base64Lines(password instanceof Secret ? password.reveal() : password)),
  needok: (type: string, answer: "ok" | "cancel"): Command<"needok"> => make("needok", type, answer),
  needstr: (type: string, text: Text): Command<"needstr"> => make("needstr", type, text),
  /** PEM, with or without its first and last line. */
  certificate: (lines: Lines): Command<"certificate"> => block("certificate", [], lines),
  /** The signature in lines of base64. */
  pkSig: (lines: Lines): Command<"pk-sig"> => block("pk-sig", [], lines),
  rsaSig: (lines: Lines): Command<"rsa-sig"> => block("rsa-sig", [], lines),
  /** The answer to a CR_TEXT challenge, in base64 (challenge.ts writes it). */
  crResponse: (response: Text): Command<"cr-response"> => make("cr-response", response),
} as const;

/** Throws EncodeError for half of a surrogate pair, which would arrive as another letter. */
function base64Lines(text: string): Secret[] {
  const what = "The argument 2 of password";
  if (!text.isWellFormed()) throw new EncodeError(`${what} holds half of a surrogate pair`);
  const lines = toBase64(text).match(new RegExp(`.{1,${BASE64_LINE}}`, "g")) ?? [];
  return lines.map((line) => new Secret(line));
}
