import type { Command, Outcome } from "./command.ts";
import { replyKind } from "./forms.ts";
import { type Versions, versionsOfManagement, withinVersions } from "./versions.ts";

/** Takes the lines of one reply; gives the outcome at the last one. */
export type Reader = (line: string) => Outcome | undefined;

/** What is known of the OpenVPN that answers: both are in the greeting or in the reply to `version`. */
export interface DaemonVersion {
  readonly version?: string;
  readonly managementVersion?: number;
}

/** `wait`: this is how the reply reads · `none`: there is none · `maybe`: that depends on a version that is not known. */
export type Expectation =
  | { readonly kind: "wait"; readonly read: Reader }
  | { readonly kind: "none" }
  | { readonly kind: "maybe"; readonly read: Reader; readonly begins: RegExp };

/** What push-update says of clients; the line about the command itself is still to come. */
const PUSH_UPDATE_PROGRESS =
  /^\w+: (\d+ client\(s\) updated|no client updated|Peer ID: .*|cannot parse CID)$/;

/** OpenVPN 2.5 calls this a success. */
const FALSE_SUCCESS = /^client-pending-auth command failed/;

/** The one argument of `state`, `log` or `echo` that was no good; any other error is about the whole command. */
const BAD_ARGUMENT = /^\w+ parameter must be /;

/** Up to this client version `version n` is not acknowledged. */
const LAST_UNACKNOWLEDGED = 3;

const NOTHING: Outcome = { ok: true, text: "", lines: [] };

/** How the reply to a command reads. */
export function expectationOf(command: Command, daemon: DaemonVersion): Expectation {
  const kind = replyKind(command);
  const first = atoi(String(command.args[0] ?? ""));
  switch (kind) {
    case "none":
      return { kind: "none" };
    case "count":
      return command.args.length > 0 && first <= 0 ? { kind: "none" } : wait(counted(first));
    case "client-version":
      return clientVersion(first, daemon);
    case "each":
      return wait(each(command.args.slice(0, 2).map(String)));
    case "multi":
      return wait(multi());
    case "push-update":
      return wait(pushUpdate());
    case "line":
      return wait((line) => statusOf(line) ?? { ok: true, text: line, lines: [] });
    case "single":
      return wait(single());
  }
}

function wait(read: Reader): Expectation {
  return { kind: "wait", read };
}

/** One SUCCESS or ERROR; `auth-retry x` says a bare line first. */
function single(): Reader {
  const lines: string[] = [];
  return (line) => {
    const status = statusOf(line);
    if (status?.ok && FALSE_SUCCESS.test(status.text))
      return { ok: false, error: "refused", text: status.text };
    if (!status) lines.push(line);
    return status && withLines(status, lines);
  };
}

/** Lines up to END, or an ERROR in their place. A common name in `status 1` may look like one, but never stands first. */
function multi(): Reader {
  const lines: string[] = [];
  return (line) => {
    if (line === "END") return { ok: true, text: "", lines };
    const status = statusOf(line);
    if (status && !status.ok && lines.length === 0) return status;
    lines.push(line);
    return undefined;
  };
}

/** Each argument is answered by itself: `on` and `off` with a line, `all` and a number with lines and END, all else with an ERROR. */
function each(args: readonly string[]): Reader {
  let place = 0;
  let block: Reader | undefined;
  let text: string | undefined;
  let failure: Outcome | undefined;
  const lines: string[] = [];
  return (line) => {
    const history = args[place] === "all" || atoi(args[place] ?? "") > 0;
    block ??= history ? multi() : single();
    const outcome = block(line);
    if (!outcome) return undefined;
    block = undefined;
    place++;
    if (!outcome.ok) {
      if (!BAD_ARGUMENT.test(outcome.text)) return outcome;
      failure ??= outcome;
    } else {
      lines.push(...outcome.lines);
      if (!history) text ??= outcome.text;
    }
    return place < args.length ? undefined : (failure ?? { ok: true, text: text ?? "", lines });
  };
}

function pushUpdate(): Reader {
  const lines: string[] = [];
  return (line) => {
    const status = statusOf(line);
    if (status && !PUSH_UPDATE_PROGRESS.test(line)) return withLines(status, lines);
    lines.push(line);
    return undefined;
  };
}

/** So many lines, or an ERROR that the number is missing. */
function counted(count: number): Reader {
  const lines: string[] = [];
  return (line) => {
    const status = statusOf(line);
    if (status) return status;
    lines.push(line);
    return lines.length < count ? undefined : { ok: true, text: "", lines };
  };
}

/** `version n`: before 2.5 the number is ignored; from 2.7.1 on it is acknowledged when it is 4 or more; in between nothing is said. */
function clientVersion(number: number, { version, managementVersion }: DaemonVersion): Expectation {
  const possible = managementVersion === undefined ? {} : versionsOfManagement(managementVersion);
  const is = (range: Versions): boolean | undefined =>
    version === undefined ? lies(possible, range) : withinVersions(version, range);
  if (is({ until: "2.4" }) === true) return wait(multi());
  const acknowledged = number > LAST_UNACKNOWLEDGED ? is({ since: "2.7.1" }) : false;
  if (acknowledged === true) return wait(single());
  if (acknowledged === false && is({ since: "2.5" }) === true) return { kind: "none" };
  let read: Reader | undefined;
  return {
    kind: "maybe",
    begins: /^SUCCESS: Management client version set to |^OpenVPN Version: /,
    read: (line) => (read ??= line.startsWith("SUCCESS:") ? single() : multi())(line),
  };
}

/** Whether all (true) or none (false) of some versions are in a range; undefined when that cannot be said. */
function lies(versions: Versions, range: Versions): boolean | undefined {
  const { since, until } = versions;
  const first = since === undefined ? undefined : withinVersions(since, range);
  const last = until === undefined ? undefined : withinVersions(until, range);
  if (first === true && (last === true || range.until === undefined)) return true;
  if (last === true && (first === true || range.since === undefined)) return true;
  const before =
    since !== undefined && range.until !== undefined && !withinVersions(since, { until: range.until });
  const behind =
    until !== undefined && range.since !== undefined && !withinVersions(until, { since: range.since });
  return before || behind ? false : undefined;
}

function withLines(outcome: Outcome, lines: readonly string[]): Outcome {
  return outcome.ok ? { ...outcome, lines } : outcome;
}

function statusOf(line: string): Outcome | undefined {
  if (line.startsWith("SUCCESS:")) return { ...NOTHING, text: line.slice(8).trimStart() };
  if (line.startsWith("ERROR:")) return { ok: false, error: "refused", text: line.slice(6).trimStart() };
  return undefined;
}

/** As C reads a number: what is none is 0. */
function atoi(text: string): number {
  return Number(/^\s*[+-]?\d+/.exec(text)?.[0] ?? 0);
}
