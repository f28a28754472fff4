import type { Fields } from "../cel/types.ts";

/** An event that rules can name, and what it carries. The schema, the type checker and the reference page read these tables. */
export interface EventSpec {
  /** OpenVPN, or one client, waits for an answer; `pending`: only while an answer `pending` is open. */
  readonly query?: true | "pending";
  readonly fields: Fields;
  readonly about: string;
  /** Raised for the whole engine, not for one daemon. */
  readonly global?: true;
  /** It is about one client of a server. */
  readonly client?: true;
  /** It is about an account under a quota: an action for a client is for each of the account's sessions. */
  readonly account?: true;
}
