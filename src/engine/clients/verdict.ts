import type { Command } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import { withinVersions } from "../../protocol/versions.ts";
import type { Env } from "../../rules/cel/types.ts";
import type { Answer } from "../../rules/answer.ts";

/** Answers that one command carries out. */
export type Verdict = Extract<Answer, { readonly kind: "allow" | "deny" | "pending" }>;

/** In doubt, closed: what is said of a client where neither rule nor default says anything. */
export const CLOSED: Verdict = {
  kind: "deny",
  reason: { constant: true, resolve: () => "denied by default" },
};

/** The client's own numbers. */
interface Ids {
  readonly cid: number;
  readonly kid: number;
}

/** What a server is told about a client. `version` may be "" when it is not known: a late one is assumed. */
export function verdictCommand(verdict: Verdict, { cid, kid }: Ids, env: Env, version: string): Command {
  switch (verdict.kind) {
    case "allow": {
      const lines = verdict.config.map((line) => String(line.resolve(env)));
      return lines.length === 0 ? command.clientAuthNt(cid, kid) : command.clientAuth(cid, kid, lines);
    }
    case "deny":
      return command.clientDeny(cid, kid, String(verdict.reason.resolve(env)), clientReason(verdict, env));
    case "pending": {
      const method = String(verdict.method.resolve(env));
      const seconds = Math.max(1, Math.ceil(verdict.timeout / 1000));
      const until = (last: string): boolean => version !== "" && withinVersions(version, { until: last });
      if (until("2.5")) return command.clientPendingAuth(cid, method);
      if (until("2.6.1")) return command.clientPendingAuth(cid, method, seconds);
      return command.clientPendingAuth(cid, kid, method, seconds);
    }
  }
}

/** `TEMP[backoff 60,advance no]:text` lets the client come again; plain text may end its process. */
function clientReason(
  { clientReason: text, temporary }: Extract<Verdict, { kind: "deny" }>,
  env: Env,
): string | undefined {
  const told = text === undefined ? undefined : String(text.resolve(env));
  if (!temporary) return told;
  const { backoff, advance } = temporary;
  const flags = [
    ...(backoff === undefined ? [] : [`backoff ${Math.ceil(backoff)}`]),
    ...(advance === undefined ? [] : [`advance ${advance}`]),
  ];
  return `TEMP${flags.length > 0 ? `[${flags.join(",")}]` : ""}:${told ?? ""}`;
}
