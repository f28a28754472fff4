import type { DaemonQuery } from "../protocol/queries.ts";
import type { Secret } from "../util/secret.ts";
import type { Expression } from "./cel/types.ts";

/** A value in which expressions may stand; `resolve` evaluates them. Values without any are returned as they are. */
export interface Template {
  readonly constant: boolean;
  resolve(env: Readonly<Record<string, unknown>>): unknown;
}

/** Questions that wait for an answer, by event. */
export type Query = DaemonQuery | ClientQuery;

/** Questions about one client of a server: many can be open at once. */
export type ClientQuery = "CLIENT:CONNECT" | "CLIENT:REAUTH" | "CLIENT:CR_RESPONSE";

export type Answer =
  | {
      readonly kind: "release";
      readonly after?: Expression;
      /** Given by a program or plugin at run time, ms. */
      readonly fixed?: number;
      readonly backoff?: Backoff;
      readonly atEndOf?: string;
    }
  | { readonly kind: "keep" }
  | { readonly kind: "accept" }
  | { readonly kind: "skip"; readonly count: number }
  | { readonly kind: "mod"; readonly host: Template; readonly port: Template }
  | { readonly kind: "from"; readonly group: string }
  /** For PROXY: a group under `proxies:`. */
  | { readonly kind: "proxies"; readonly group: string }
  | { readonly kind: "none" }
  | { readonly kind: "ok" | "cancel" }
  | { readonly kind: "http"; readonly host: Template; readonly port: Template; readonly nct: boolean }
  | { readonly kind: "socks"; readonly host: Template; readonly port: Template }
  /** Left open on purpose, and said loudly; the default of questions that only a rule can answer. */
  | { readonly kind: "park" }
  | { readonly kind: "string"; readonly text: Template }
  | {
      readonly kind: "credentials";
      readonly username?: Given;
      readonly password?: Given;
      /** Answers challenges. */
      readonly otp?: Given;
      /** Refused logins in a row, after which nothing more is answered. */
      readonly budget: number;
    }
  /** What the credentials are at the moment, in the order in which it is told; worked out at run time. */
  | { readonly kind: "login"; readonly username?: Secret; readonly password?: Secret }
  /** Left open on purpose. */
  | { readonly kind: "refuse" }
  | { readonly kind: "sign"; readonly key: { readonly file: string } | { readonly exec: readonly string[] } }
  /** Given by a program or plugin at run time, base64. */
  | { readonly kind: "signature"; readonly data: string }
  | { readonly kind: "certificate"; readonly file: string }
  | { readonly kind: "allow"; readonly config: readonly Template[] }
  | {
      readonly kind: "deny";
      readonly reason: Template;
      readonly clientReason?: Template;
      /** The client may come again: after `backoff` seconds, to this or to its next remote or address. */
      readonly temporary?: { readonly backoff?: number; readonly advance?: "no" | "remote" | "addr" };
    }
  /** `timeout` in ms: how long the client may take. */
  | { readonly kind: "pending"; readonly method: Template; readonly timeout: number }
  | {
      readonly kind: "exec";
      readonly argv: readonly string[];
      readonly timeout: number;
      readonly otherwise: Answer;
    }
  | {
      readonly kind: "plugin";
      readonly plugin: string;
      readonly answer: string;
      readonly params: Template;
      readonly timeout: number;
      readonly otherwise: Answer;
    };

/** A text, or a secret by its name. */
export type Given = Template | { readonly secret: string };

export interface Backoff {
  readonly base: number;
  readonly max: number;
  readonly jitter: boolean;
}
