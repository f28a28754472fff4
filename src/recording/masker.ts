import { lookup } from "../protocol/commands.ts";
import { lex } from "../protocol/lexer.ts";
import { Redactor, Secret } from "../util/secret.ts";
import {
  isConfidential,
  MASK,
  maskedCommand,
  maskedDaemonLine,
  maskedText,
  secretsIn,
} from "./masked-lines.ts";

/** Texts in words of people's own: a known secret is masked wherever it stands. Elsewhere that could break the form of a line. */
const FREE_TEXT = /^(>LOG:|>FATAL:|ERROR: |\d+,[IFNWD]{0,5},)/;

/** Takes the secrets out of one connection, line by line; it knows where the conversation stands. Characters are bytes. */
export class Masker {
  readonly #known: (text: string) => string;
  readonly #learned = new Redactor();
  #greeted = false;
  /** Inside the lines of a command, and whether they are secret. */
  #body: "secret" | "open" | undefined;

  /** `known` masks secrets that are known beforehand, in texts of characters. */
  constructor(known: (text: string) => string = (text) => text) {
    this.#known = known;
  }

  daemonLine(line: string): string {
    if (line.startsWith(">INFO:")) this.#greeted = true;
    const masked = maskedDaemonLine(line);
    return FREE_TEXT.test(masked) ? this.#withoutKnown(this.#learned.mask(masked)) : masked;
  }

  controllerLine(line: string): string {
    // Before the greeting all is taken for the management password.
    if (!this.#greeted) return this.#secret(line);
    const body = this.#body;
    if (body !== undefined && line === "END") {
      this.#body = undefined;
      return line;
    }
    if (body === "secret") return this.#secret(line);
    // Where OpenVPN refused the first line at once, what follows is commands none the less.
    const begun = bodyOf(line);
    this.#body = body === "open" && begun !== "secret" ? body : begun;
    for (const secret of secretsIn(line)) this.#learned.add(new Secret(secret));
    return body === "open" && !isConfidential(line) ? maskedText(line) : maskedCommand(line);
  }

  #withoutKnown(line: string): string {
    const text = Buffer.from(line, "latin1").toString("utf8");
    const masked = this.#known(text);
    return masked === text ? line : Buffer.from(masked, "utf8").toString("latin1");
  }

  #secret(line: string): string {
    this.#learned.add(new Secret(line));
    return MASK;
  }
}

function bodyOf(line: string): "secret" | "open" | undefined {
  const read = lex(line);
  const [name = "", ...args] = "words" in read ? read.words : [];
  if (name === "password") return args.length === 1 ? "secret" : undefined;
  return lookup(name)?.body ? "open" : undefined;
}
