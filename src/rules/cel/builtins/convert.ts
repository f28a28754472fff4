import { formatDuration, parseDuration } from "../../../util/duration.ts";
import { formatSize } from "../../../util/size.ts";
import { ANY, BOOL, DURATION, listOf, NUMBER, SIZE, TEXT, TIME } from "../kinds.ts";
import { pure, type Literals, type Overload, type Overloads } from "../overload.ts";
import { EvaluationError, type Type } from "../types.ts";

/** The text of a value of the type, as `text()` and `${ … }` inside of text give it: `50GiB`, `1m30s`, `2026-01-05T09:00:00Z`. */
export function valueText(type: Type, value: unknown): string {
  if (typeof value === "number") {
    if (type.kind === "size") return formatSize(value);
    if (type.kind === "duration") return formatDuration(value);
    if (type.kind === "time") return isoTime(value);
  }
  if (type.kind === "list" && Array.isArray(value))
    return value.map((item) => valueText(type.of, item)).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

const PLAIN = [NUMBER, TEXT, BOOL, SIZE, DURATION, TIME];
const toText = [...PLAIN, ...PLAIN.map(listOf), ANY].map((type) =>
  pure([type], TEXT, (value: unknown) => valueText(type, value)),
);

const identity = (value: unknown): unknown => value;
const toSeconds = (milliseconds: number): number => milliseconds / 1000;

const toNumber: readonly Overload[] = [
  pure([NUMBER], NUMBER, identity),
  pure([TEXT], NUMBER, parseNumber),
  pure([SIZE], NUMBER, identity),
  pure([DURATION], NUMBER, toSeconds),
  pure([TIME], NUMBER, toSeconds),
];

const toWhole: readonly Overload[] = [
  pure([NUMBER], NUMBER, (value: number) => Math.trunc(value) + 0),
  pure([TEXT], NUMBER, parseWhole),
  pure([SIZE], NUMBER, (value: number) => Math.trunc(value) + 0),
  pure([DURATION], NUMBER, (value: number) => Math.trunc(toSeconds(value)) + 0),
  pure([TIME], NUMBER, (value: number) => Math.trunc(toSeconds(value)) + 0),
];

/** Conversions. A size gives bytes, a duration or time seconds. `string` and `double` are CEL's names for `text` and `number`. */
export const CONVERSIONS: Overloads = {
  text: toText,
  string: toText,
  number: toNumber,
  double: toNumber,
  int: toWhole,
  bool: [pure([BOOL], BOOL, identity), pure([TEXT], BOOL, parseBool)],
  duration: [
    pure([DURATION], DURATION, identity),
    pure([TEXT], DURATION, parseDurations, { check: checkText(parseDurations) }),
  ],
  timestamp: [
    pure([TIME], TIME, identity),
    pure([TEXT], TIME, parseTime, { check: checkText(parseTime) }),
    pure([NUMBER], TIME, (seconds: number) => seconds * 1000),
  ],
};

export function isoTime(time: number): string {
  if (Math.abs(time) > 8.64e15 || Number.isNaN(time)) throw new EvaluationError(`No such time: ${time}`);
  return new Date(time).toISOString().replace(".000Z", "Z");
}

function checkText(parse: (text: string) => unknown): NonNullable<Overload["check"]> {
  return ([text]: Literals) => {
    try {
      if (typeof text === "string") parse(text);
      return undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return message.charAt(0).toLowerCase() + message.slice(1);
    }
  };
}

function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))
    throw new EvaluationError(`Not a number: '${text}'`);
  return Number(text);
}

function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new EvaluationError(`Not a whole number: '${text}'`);
  return value + 0;
}

function parseBool(text: string): boolean {
  if (["1", "t", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "false", "FALSE", "False"].includes(text)) return false;
  throw new EvaluationError(`Neither true nor false: '${text}'`);
}

/** `10m`, and CEL's `1h30m` and `-5s`. */
function parseDurations(text: string): number {
  const parts = text.replace(/^-/, "").match(/\d+(?:\.\d+)?[a-z]+/g) ?? [];
  const whole = parts.reduce((sum, part) => sum + (parseDuration(part) ?? Number.NaN), 0);
  if (parts.length === 0 || parts.join("") !== text.replace(/^-/, "") || Number.isNaN(whole)) {
    throw new EvaluationError(`Bad duration '${text}'; expected such as 30s, 10m or 1h30m`);
  }
  return text.startsWith("-") ? -whole : whole;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function parseTime(text: string): number {
  const time = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new EvaluationError(`Bad time '${text}'; expected such as 2026-01-05T09:00:00Z`);
  return time;
}
