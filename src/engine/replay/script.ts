import { Conversation } from "../../connection/conversation.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { display } from "../../protocol/encoder.ts";
import type { Notification } from "../../protocol/notification.ts";
import { versionIn } from "../../protocol/versions.ts";
import type { RecordedConnection } from "../../recording/read.ts";
import { Secret } from "../../util/secret.ts";
import type { Pretended } from "../testing/pretended.ts";

/** What OpenVPN replied to a command of the recorded controller. */
export interface RecordedReply {
  /** The command as the journal writes it. */
  readonly command: string;
  readonly outcome: Outcome;
  /** ms since the recording began. */
  readonly t: number;
}

export interface ScriptedConnection {
  readonly recorded: RecordedConnection;
  /** By the place of the command among the controller's; undefined where none came. */
  readonly replies: readonly (RecordedReply | undefined)[];
}

/** All connections of a recording with one name: one daemon. */
export interface Script {
  readonly who: string;
  readonly connections: readonly ScriptedConnection[];
  readonly pretended: Pretended;
}

interface Listener {
  attached?: (greeting: { readonly managementVersion: number; readonly text: string }) => void;
  notification?: (notification: Notification) => void;
  oddity?: (text: string) => void;
}

/** Reads a connection as a live one is read; who got in in the recording gets in. */
export function conversation({ attached, notification, oddity }: Listener): Conversation {
  return new Conversation({
    password: () => new Secret(""),
    write: () => undefined,
    barred: () => undefined,
    attached: attached ?? (() => undefined),
    notification: notification ?? (() => undefined),
    oddity: oddity ?? (() => undefined),
    endless: oddity ?? (() => undefined),
  });
}

/** The scripts of a recording; connections that never came to a greeting have nothing to say. */
export function scriptsOf(connections: readonly RecordedConnection[]): Script[] {
  const byName = new Map<string, Heard[]>();
  for (const recorded of connections) {
    const heard = hear(recorded);
    if (heard.managementVersion !== undefined)
      byName.set(recorded.who, [...(byName.get(recorded.who) ?? []), heard]);
  }
  return [...byName].map(([who, heard]) => ({ who, connections: heard, pretended: pretendedBy(heard) }));
}

interface Heard extends ScriptedConnection {
  readonly managementVersion: number | undefined;
  readonly notifications: readonly Notification[];
}

function hear(recorded: RecordedConnection): Heard {
  const notifications: Notification[] = [];
  const replies: (RecordedReply | undefined)[] = [];
  let managementVersion: number | undefined;
  const listened = conversation({
    attached: (greeting) => (managementVersion = greeting.managementVersion),
    notification: (notification) => notifications.push(notification),
  });
  const utf8 = new TextDecoder();
  let now = 0;
  for (const step of recorded.steps) {
    now = step.t;
    if ("bytes" in step) listened.push(utf8.decode(step.bytes, { stream: true }));
    else expect(step.command, replies.push(undefined) - 1);
  }
  return { recorded, replies, managementVersion, notifications };

  function expect(command: Command, place: number): void {
    listened.expect(command, (outcome) => {
      replies[place] = { command: display(command), outcome, t: now };
    });
  }
}

/** What can be told of an OpenVPN from all that it said. */
function pretendedBy(heard: readonly Heard[]): Pretended {
  const replies = heard.flatMap((each) => each.replies.filter((reply) => reply !== undefined));
  const linesOf = (name: string): readonly (readonly string[])[] =>
    replies.flatMap(({ command, outcome }) =>
      outcome.ok && command.split(" ")[0] === name && outcome.lines.length > 0 ? [outcome.lines] : [],
    );
  const [version] = linesOf("version").flatMap((lines) => versionIn(lines) ?? []);
  const notifications = heard.flatMap((each) => each.notifications);
  const serves =
    notifications.some(({ type }) => type.startsWith("CLIENT:") || type === "BYTECOUNT_CLI") ||
    linesOf("status").some(([first = ""]) => /^(TITLE|OpenVPN CLIENT LIST)/.test(first));
  const listed = linesOf("remote-entry-get").toSorted((a, b) => b.length - a.length)[0];
  const asked = notifications.flatMap((each) =>
    each.type === "REMOTE" ? [`${each.host},${each.port},${each.proto}`] : [],
  );
  return {
    version: version ?? versionOf(heard[0]?.managementVersion ?? 1),
    role: serves ? "server" : "client",
    entries: listed?.map((line) => line.replace(/^\d+,/, "")) ?? [...new Set(asked)],
  };
}

/** The last version with this number in its greeting, where OpenVPN does not tell. */
function versionOf(managementVersion: number): string {
  if (managementVersion >= 6) return "2.7.2";
  if (managementVersion === 5) return "2.6.14";
  if (managementVersion === 4) return "2.6.1";
  return managementVersion === 3 ? "2.5.11" : "2.4.12";
}
