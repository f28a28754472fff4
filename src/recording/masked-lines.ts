import { lookup } from "../protocol/commands.ts";
import { display } from "../protocol/encoder.ts";
import { lex } from "../protocol/lexer.ts";
import { Secret } from "../util/secret.ts";

/** What stands for a secret. A line keeps its form: who reads it finds as many fields as before. */
export const MASK = "<redacted>";

/** Lines of OpenVPN that may hold a secret; all others are left alone unread. */
const SUSPICIOUS =
  /assword=|Auth-Token|auth-token|SESS_ID_|CRV1:|CR_RESPONSE|CR response|too long|unknown command|MANAGEMENT: CMD/;

type Rule = readonly [RegExp, string];

const DAEMON: readonly Rule[] = [
  [/^(>PASSWORD:Auth-Token:).*/s, `$1${MASK}`],
  [/^(>(?:CLIENT|UPDOWN):ENV,password=).*/s, `$1${MASK}`],
  [/^(>CLIENT:CR_RESPONSE,[^,]*,[^,]*,).*/s, `$1${MASK}`],
  // It echoes the beginning of what was too long.
  [/( is too long \(\d+ chars max\): ).*/s, `$1${MASK}`],
  // From 2.7 on the word is repeated, and may be a line of a password.
  [/^(ERROR: unknown command \[)(?:.*(?=\])|.*)/s, `$1${MASK}`],
  [/(CR response was sent by client \(')(?:.*(?='\))|.*)/s, `$1${MASK}`],
  [/(\bCR_RESPONSE,)(?!\d+,\d+,<)[^']*/g, `$1${MASK}`],
];

/** Wherever they stand, be it in the log. */
const ANYWHERE: readonly Rule[] = [
  [/\bSCRV1:[^\s"',]*/g, `SCRV1:${MASK}:${MASK}`],
  [/\bCRV1::[^:]+::.*/gs, `CRV1::${MASK}::${MASK}`],
  [/\b(CRV1:[^:]*:)[^:]+/g, `$1${MASK}`],
  [/\b(auth-token )[^\s"',]+/g, `$1${MASK}`],
  [/\bSESS_ID_[^\s"',]+/g, MASK],
];

const LOGGED_COMMAND = /(MANAGEMENT: CMD ')(.*?)('?)$/s;

const FAILED = /^>PASSWORD:Verification Failed: /;

/** A line of OpenVPN without its secrets. Characters are bytes; so they are below. */
export function maskedDaemonLine(line: string): string {
  if (!SUSPICIOUS.test(line)) return line;
  // A challenge that asks for no name may look like an answer.
  if (FAILED.test(line)) return line.replace(/(CRV1:[^:]*:)[^:]*/, `$1${MASK}`);
  const logged = line.replace(
    LOGGED_COMMAND,
    (_, before: string, command: string, after: string) => `${before}${maskedCommand(command)}${after}`,
  );
  return replaced(replaced(logged, DAEMON), ANYWHERE);
}

/** Which argument is a secret, by its place. */
const SECRETS: Readonly<Record<string, number>> = { password: 1, needstr: 1, "cr-response": 0 };

/** The line of a command without its secrets; what is no command may be part of a password, and is masked whole. */
export function maskedCommand(line: string): string {
  const read = lex(line);
  if ("error" in read) {
    const name = firstWord(line);
    return lookup(name) ? `${name} ${MASK}` : MASK;
  }
  const [name, ...args] = read.words;
  if (name === undefined) return line.trim() === "" ? line : `# ${MASK}`;
  if (!lookup(name)) return MASK;
  const place = SECRETS[name];
  if (place !== undefined && args.length > place)
    return display({ name, args: [...args.slice(0, place), new Secret("")] });
  return maskedText(line);
}

/** Whether the line is, or was meant as, a command with a secret. */
export function isConfidential(line: string): boolean {
  const read = lex(line);
  return Object.hasOwn(SECRETS, "words" in read ? (read.words[0] ?? "") : firstWord(line));
}

/** The secrets of a line of a controller, told to whoever masks them elsewhere. */
export function secretsIn(line: string): string[] {
  const read = lex(line);
  if ("error" in read) return [];
  const [name = "", ...args] = read.words;
  const place = SECRETS[name];
  return place === undefined ? [] : args.slice(place);
}

/** Any other line of a controller, such as one of a client's configuration. */
export function maskedText(line: string): string {
  return replaced(line, ANYWHERE);
}

/** Of a line that cannot be read. */
function firstWord(line: string): string {
  return /[\w-]+/.exec(line)?.[0] ?? "";
}

function replaced(line: string, rules: readonly Rule[]): string {
  return rules.reduce((text, [pattern, by]) => text.replace(pattern, by), line);
}
