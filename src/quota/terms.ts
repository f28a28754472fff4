import type { Client } from "../model/client.ts";
import type { Env, Expression } from "../rules/cel/types.ts";
import type { QuotaSpec } from "../rules/rulebook.ts";
import type { Terms } from "./joint-terms.ts";

/** Accounts whose name cannot be told are one. */
export const UNNAMED = "UNDEF";

/** What a quota says of one client. */
export interface ClientTerms extends Terms {
  readonly subject: string;
}

/** The expressions of a quota: whose account a client has, and on which terms. */
export class TermsReader {
  readonly #spec: QuotaSpec;
  /** What they say cannot be told of a client whose environment is not known. */
  readonly #readsEnvironment: boolean;
  readonly #failed: (daemon: string, quota: string, message: string) => void;

  /** `failed`: an expression did. */
  constructor(spec: QuotaSpec, failed: (daemon: string, quota: string, message: string) => void) {
    const { subject, limit, exempt } = spec;
    const expressions = [subject, exempt, typeof limit === "number" ? undefined : limit];
    this.#spec = spec;
    this.#readsEnvironment = expressions.some(
      (one) => one && [...one.reads].some((path) => path.startsWith("client.env")),
    );
    this.#failed = failed;
  }

  /** Whether enough is known of the client: the list of clients tells no environment. */
  canTell({ env }: Client): boolean {
    return !this.#readsEnvironment || env === undefined || Object.keys(env).length > 0;
  }

  read(daemon: string, env: Env): ClientTerms {
    const spec = this.#spec;
    const run = (expression: Expression): unknown => {
      try {
        return expression.run(env);
      } catch (error) {
        this.#failed(daemon, spec.name, error instanceof Error ? error.message : String(error));
        return undefined;
      }
    };
    const subject = run(spec.subject);
    const limit = typeof spec.limit === "number" ? spec.limit : run(spec.limit);
    return {
      subject: typeof subject === "string" && subject !== "" ? subject : UNNAMED,
      limit: typeof limit === "number" ? Math.min(limit, Number.MAX_SAFE_INTEGER) : NaN,
      exempt: spec.exempt ? run(spec.exempt) === true : false,
    };
  }
}
