import type { Prompts } from "./prompts.ts";

export interface Pkcs11Options {
  /** What the tokens hold; `id` as OpenVPN writes it: manufacturer/model/serial/label/object. */
  readonly identities?: readonly { readonly id: string; readonly blob: string }[];
  /** --pkcs11-id; undefined: it is asked for (--pkcs11-id-management). */
  readonly id?: string;
  /** Whether the token is there when it is looked for. */
  readonly present?: () => boolean;
  /** The token's PIN; undefined: it has none. */
  readonly pin?: string;
}

export interface TokenHost {
  readonly prompts: Prompts;
  askPin(type: string, known: (pin: string) => void): void;
}

/** The label of an identity's token. */
function labelOf(id: string): string {
  const label = id.split("/")[3] ?? "";
  return label.replace(/\\x([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Looks for a key on a token: asks which one, and for the token to be put in, and for its PIN. */
export function openToken(options: Pkcs11Options, host: TokenHost, done: (opened: boolean) => void): void {
  const { id, present, pin, identities = [] } = options;
  const no = (): void => done(false);
  const insert = (label: string): void => {
    if (present?.() ?? identities.length > 0) {
      if (pin === undefined) done(true);
      else host.askPin(`${label} token`, (entered) => done(entered === pin));
      return;
    }
    const type = "token-insertion-request";
    const answered = ({ password }: { password: string }): void =>
      password === "ok" ? insert(label) : done(false);
    host.prompts.ask("needok-confirmation", type, ` MSG:Please insert ${label} token`, answered, no);
  };
  if (id !== undefined) {
    insert(labelOf(id));
    return;
  }
  const answered = ({ password }: { password: string }): void => insert(labelOf(password));
  host.prompts.ask(
    "needstr-string",
    "pkcs11-id-request",
    " MSG:Please specify PKCS#11 id to use",
    answered,
    no,
  );
}
