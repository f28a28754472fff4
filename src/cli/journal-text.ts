import { styleText } from "node:util";
import type { JournalRecord } from "../engine/journal.ts";

type Style = Parameters<typeof styleText>[0];

/** Commands that the engine sends for itself at each attach; of interest to no reader. */
const HOUSEKEEPING = new Set([
  "version",
  "pid",
  "state",
  "echo",
  "bytecount",
  "log",
  "status",
  "remote-entry-get",
]);

/** The journal as a person likes to read it: time, daemon, what happened, what was done, why. */
export class JournalText {
  readonly #colour: boolean;

  constructor(options: { colour: boolean }) {
    this.#colour = options.colour;
  }

  /** One line, or undefined for a record that only a machine wants. */
  line(record: JournalRecord): string | undefined {
    const body = this.#body(visibleTexts(record));
    if (body === undefined) return undefined;
    const time = this.#style("dim", record.at.slice(11, 23));
    return `${time} ${(record.daemon ?? "-").padEnd(8)} ${body}`;
  }

  #body(record: JournalRecord): string | undefined {
    switch (record.kind) {
      case "attached":
        return this.#style("green", `attached to ${text(record["address"])}`);
      case "lost":
        return this.#style("yellow", `lost: ${text(record["reason"])}`);
      case "blocked":
        return this.#style("yellow", `blocked: ${text(record["reason"])}`);
      case "decision":
        return this.#decision(record);
      case "event":
        return this.#event(record);
      case "command":
        return this.#command(record);
      case "action":
        return this.#action(record);
      case "error":
        return this.#style(
          "red",
          `error: ${[record["group"], record["rule"], record["error"]].filter(isText).join(": ")}`,
        );
      case "reload":
        return `reload: ${text(record["result"])}`;
    }
  }

  #decision(record: JournalRecord): string {
    const wait = typeof record["wait-ms"] === "number" ? ` in ${seconds(record["wait-ms"])}` : "";
    const parked = isText(record["parked"]) ? "left open" : undefined;
    const answer = parked ?? `${text(record["answer"])}${wait}`;
    const by = isText(record["rule"]) ? `rule ${record["rule"]}` : "default";
    const why = [by, record["why"], record["parked"]].filter(isText).join("; ");
    return `${eventText(record["event"])} ${this.#style("bold", `→ ${answer}`)} ${this.#style("dim", `(${why})`)}`;
  }

  #event(record: JournalRecord): string {
    const fired = (record["fired"] as string[] | undefined) ?? [];
    const shadow = (record["shadow"] as { rule: string }[] | undefined) ?? [];
    const notes = [
      ...fired.map((rule) => `fires ${rule}`),
      ...shadow.map(({ rule }) => `would fire ${rule} (shadow)`),
    ];
    const suffix = notes.length > 0 ? ` ${this.#style("dim", `(${notes.join(", ")})`)}` : "";
    return `${eventText(record["event"])}${suffix}`;
  }

  /** Replies that went well are told by the decision; what was refused is not. */
  #command(record: JournalRecord): string | undefined {
    if (!isText(record["error"])) return undefined;
    const name = text(record["command"]).split(" ", 1)[0] ?? "";
    if (HOUSEKEEPING.has(name)) return undefined;
    return this.#style("red", `${text(record["command"])}: ${record["error"]}: ${text(record["reply"])}`);
  }

  #action(record: JournalRecord): string {
    const what = isText(record["text"]) ? record["text"] : text(record["params"]);
    const client = typeof record["cid"] === "number" ? `, client ${record["cid"]}` : "";
    const rule = isText(record["rule"]) ? this.#style("dim", ` (rule ${record["rule"]}${client})`) : "";
    const action = `  ${text(record["action"])}${what === "" ? "" : `: ${what}`}${rule}`;
    return isText(record["error"])
      ? this.#style("red", `${action} failed: ${record["error"]}: ${text(record["reason"])}`)
      : action;
  }

  #style(style: Style, content: string): string {
    return this.#colour ? styleText(style, content, { validateStream: false }) : content;
  }
}

/** What a server or a rule wrote must neither begin a new line nor command the terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    character === "\n" ? "\\n" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function visibleTexts<T extends object>(fields: T): T {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? visible(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function eventText(event: unknown): string {
  const { type, ...fields } = visibleTexts(event as Record<string, unknown>);
  switch (type) {
    case "STATE": {
      const address = isText(fields["remote_address"])
        ? ` ${fields["remote_address"]}:${text(fields["remote_port"])}`
        : "";
      const detail = isText(fields["detail"]) ? ` (${fields["detail"]})` : "";
      return `STATE ${text(fields["name"])}${detail}${address}`;
    }
    case "REMOTE":
      return `REMOTE ${text(fields["host"])}:${text(fields["port"])}/${text(fields["proto"])}`;
    case "HOLD":
      return `HOLD ${text(fields["wait"])} s`;
    case "LOG":
    case "ECHO":
    case "INFO":
    case "FATAL":
      return `${type} ${text(fields["text"])}`;
  }
  if (typeof type === "string" && type.startsWith("remote.")) {
    const group = isText(fields["group"]) ? ` [${fields["group"]}]` : "";
    const until =
      typeof fields["until"] === "number"
        ? ` until ${new Date(fields["until"]).toISOString().slice(11, 19)}`
        : "";
    const target = isText(fields["host"])
      ? ` ${fields["host"]}:${text(fields["port"])}/${text(fields["proto"])}`
      : "";
    return `${type}${group}${target} (${text(fields["reason"])})${until}`;
  }
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${text(value)}`);
  return [text(type), ...rest].join(" ");
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : visible(JSON.stringify(value));
}
