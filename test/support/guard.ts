// What a server's engine asks about each login: a program that answers as JSON. Arguments: plain, static, dynamic or crtext; a file to which
// each thing that it was told is added; the key of the codes in base32.
import { appendFileSync, readFileSync } from "node:fs";
import { Secret as Key, TOTP } from "otpauth";
import { parseDynamicAnswer, parseStaticAnswer } from "../../src/protocol/challenge.ts";

export const PASSWORD = 'canary-Pw correct "horse" \\ #1';

const [mode = "", log = "", key = ""] = process.argv.slice(2);

interface Asked {
  readonly type: string;
  readonly response?: string;
  readonly env: { readonly username?: string; readonly password?: string };
}

if (import.meta.main) {
  const asked = JSON.parse(readFileSync(0, "utf8")) as Asked;
  process.stdout.write(JSON.stringify(verdict(asked)));
}

function verdict({ type, response, env }: Asked): unknown {
  const { username = "", password = "" } = env;
  const allow = { allow: { config: [] } };
  const deny = (clientReason: string): unknown => ({
    deny: { reason: "guard", "client-reason": clientReason },
  });
  const isGood = (given: string): boolean => {
    note(`password ${given === PASSWORD ? "right" : "wrong"}`);
    return given === PASSWORD;
  };
  const isCode = (given: string): boolean => {
    const totp = new TOTP({ secret: Key.fromBase32(key) });
    const right = totp.validate({ token: given, window: 1 }) !== null;
    note(`code ${right ? "right" : "wrong"}`);
    return right;
  };
  if (type === "CLIENT:CR_RESPONSE") return isCode(response ?? "") ? allow : deny("Wrong code");
  switch (mode) {
    case "static": {
      const packed = parseStaticAnswer(password);
      return packed && isGood(packed.password.reveal()) && isCode(packed.response.reveal())
        ? allow
        : deny("Wrong password or code");
    }
    case "dynamic": {
      const answer = parseDynamicAnswer(password);
      if (answer) return isCode(answer.response.reveal()) ? allow : deny("Wrong code");
      const user = Buffer.from(username).toString("base64");
      return isGood(password)
        ? deny(`CRV1:R,E:state-${process.pid}:${user}:Your code`)
        : deny("Wrong password");
    }
    case "crtext":
      return isGood(password)
        ? { pending: { method: "CR_TEXT:R,E:Your code", timeout: "30s" } }
        : deny("Wrong password");
    default:
      return isGood(password) ? allow : deny("Wrong password");
  }
}

function note(what: string): void {
  appendFileSync(log, `${what}\n`);
}
