// Writes the tables of docs/protocol.md. `--check` only says whether they are stale.
import { join } from "node:path";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import { whyNot } from "../src/engine/actions/management.ts";
import type { Command } from "../src/protocol/command.ts";
import {
  COMMANDS,
  type CommandSpec,
  type Form,
  type ReplyKind,
  usage,
  versionsText,
} from "../src/protocol/commands.ts";
import { formOf } from "../src/protocol/forms.ts";
import { EVENTS } from "../src/rules/vocabulary/events.ts";
import { ANSWERS } from "../src/rules/vocabulary/words.ts";
import { sessionsOf, TRANSCRIPTS } from "../test/support/transcripts.ts";
import { COMMAND_ROWS, type CommandRow } from "./protocol-commands.ts";
import { NOTIFICATION_ROWS, type NotificationRow } from "./protocol-notifications.ts";
import { code, refresh, table } from "./reference.ts";

export const PAGE = join(import.meta.dirname, "../docs/protocol.md");

const REPLIES: Readonly<Record<ReplyKind, string>> = {
  single: "S",
  multi: "M",
  each: "E",
  none: "N",
  line: "L",
  count: "C",
  "push-update": "P",
  "client-version": "V",
};

/** So many recordings are named. */
const FEW = 3;

/** The tables by the name in their marker. */
export function tables(): Record<string, string> {
  const recorded = recordings();
  return {
    commands: table(
      ["syntax", "versions", "reply", "says", "function of `command`", "in rules", "", "recorded in"],
      COMMANDS.flatMap((command) =>
        command.forms.map((form) => commandCells(command, form, recorded.commands)),
      ),
    ),
    notifications: table(
      ["type", "syntax", "versions", "in rules", "", "recorded in"],
      NOTIFICATION_ROWS.map((row) => notificationCells(row, recorded.notifications)),
    ),
  };
}

/** The row of a form. Throws an Error when it has none: nothing is left out. */
export function rowOf(form: Form): CommandRow {
  const row = COMMAND_ROWS.find((each) => formOf(each.form) === form);
  if (!row) throw new Error(`No row for a form with the arguments ${JSON.stringify(form.args)}`);
  return row;
}

function commandCells(command: CommandSpec, form: Form, recorded: ReadonlyMap<Form, string[]>): string[] {
  const { calls, says, notes = "" } = rowOf(form);
  return [
    code(usage(command, form)),
    versionsText(command, form),
    REPLIES[form.reply],
    says,
    calls.map(code).join(" "),
    inRules(command, rowOf(form)),
    notes,
    numbers(recorded.get(form)),
  ];
}

function notificationCells(row: NotificationRow, recorded: ReadonlyMap<string, string[]>): string[] {
  const { type, syntax, versions, notes = "" } = row;
  const query = EVENTS[type]?.query ? "query" : "event";
  return [code(type), code(syntax), versions, EVENTS[type] ? query : "–", notes, numbers(recorded.get(type))];
}

/** What of rules sends a command. */
function inRules(command: CommandSpec, { answers = [], action = command.name }: CommandRow): string {
  const known = answers.filter((answer) => Object.hasOwn(ANSWERS, answer));
  const actions = Object.hasOwn(builtinCatalogue, action)
    ? [action]
    : whyNot(command.name) === undefined
      ? ["management"]
      : [];
  const used = [
    ...known.map((answer) => `answer ${code(answer)}`),
    ...actions.map((name) => `action ${code(name)}`),
    ...(command.subscription ? ["the engine's own"] : []),
  ];
  return used.join(", ") || "–";
}

function numbers(found: readonly string[] = []): string {
  const more = found.length > FEW ? ` and ${found.length - FEW} more` : "";
  return found.length === 0 ? "–" : `${found.slice(0, FEW).join(", ")}${more}`;
}

/** The recordings, by their numbers, in which a form was sent and a notification came. */
function recordings(): { commands: Map<Form, string[]>; notifications: Map<string, string[]> } {
  const commands = new Map<Form, Set<string>>();
  const notifications = new Map<string, Set<string>>();
  const add = <K>(map: Map<K, Set<string>>, key: K, file: string): void =>
    void map.set(key, (map.get(key) ?? new Set()).add(file.slice(0, 2)));
  for (const file of TRANSCRIPTS)
    for (const { steps } of sessionsOf(file)) {
      for (const form of steps.flatMap((step) => ("command" in step ? sent(step.command) : [])))
        add(commands, form, file);
      const said = Buffer.concat(steps.flatMap((step) => ("bytes" in step ? [step.bytes] : []))).toString();
      for (const line of new Set(said.split("\r\n").filter((each) => each.startsWith(">"))))
        for (const { type, line: pattern } of NOTIFICATION_ROWS)
          if (pattern.test(line)) add(notifications, type, file);
    }
  const sorted = <K>(map: Map<K, Set<string>>): Map<K, string[]> =>
    new Map([...map].map(([key, files]) => [key, [...files].toSorted()]));
  return { commands: sorted(commands), notifications: sorted(notifications) };
}

function sent(command: Command): Form[] {
  const form = formOf(command);
  return form ? [form] : [];
}

if (import.meta.main) refresh(PAGE, tables());
