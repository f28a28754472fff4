import type { Node } from "yaml";
import type { WindowSpec } from "../rulebook.ts";
import { cronOf } from "../windows.ts";
import type { Context } from "./context.ts";
import { duration, list, oneOf, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";
import { section, checkName } from "./sections.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

export const windowShape = table(
  {
    days: {
      shape: list(oneOf(...DAYS), { min: 1 }),
      about: "The days on which it begins; all when left out",
    },
    from: { shape: text, about: "When it begins, such as 08:00" },
    to: { shape: text, about: "When it ends; before `from`: the next day" },
    cron: { shape: text, about: "When it begins, as a cron pattern" },
    for: { shape: duration({ min: 1000 }), about: "How long it is open, with cron" },
    tz: { shape: text, about: "Time zone, such as Europe/Berlin" },
  },
  { what: "A window" },
);

export function readWindows(part: Part, world: World): Record<string, WindowSpec> {
  const { context } = part;
  const found: Record<string, WindowSpec> = {};
  for (const [name, pair] of section(part, "windows")) {
    checkName(name, "window", pair.key, context);
    world.declare("window", name, pair.key, context);
    const spec = windowShape.read(pair.value, context);
    if (!spec) continue;
    const tz = spec.get("tz");
    if (tz !== undefined) checkZone(tz, spec.at("tz"), context);
    if (spec.has("cron")) {
      for (const key of ["days", "from", "to"] as const)
        if (spec.has(key)) context.error(spec.at(key), `'${key}' does not go with cron`);
      const [cron, length] = [spec.get("cron"), spec.get("for")];
      if (!spec.has("for")) context.error(spec.node, "A window by cron needs for, how long it is open");
      if (cron !== undefined && checkCron(cron, tz, spec.at("cron"), context) && length !== undefined)
        found[name] = { cron, for: length, tz };
      continue;
    }
    if (spec.has("for"))
      context.error(spec.at("for"), "'for' goes with cron; from and to say how long it is open");
    if (!spec.has("from") || !spec.has("to"))
      context.error(spec.node, "A window needs from and to, or cron and for");
    const from = spec.has("from") ? timeOfDay(spec.get("from"), spec.at("from"), context) : undefined;
    const to = spec.has("to") ? timeOfDay(spec.get("to"), spec.at("to"), context) : undefined;
    const days = spec.has("days") ? spec.get("days") : DAYS;
    if (from !== undefined && to !== undefined && days)
      found[name] = { days: days.map((day) => DAYS.indexOf(day)), from, to, tz };
  }
  return found;
}

function timeOfDay(value: string | undefined, node: Node, context: Context): number | undefined {
  if (value === undefined) return undefined;
  const match = /^(\d\d):(\d\d)$/.exec(value);
  const minutes = Number(match?.[1]) * 60 + Number(match?.[2]);
  if (match && Number(match[2]) < 60 && minutes <= 24 * 60) return minutes;
  return context.error(node, `'${short(value)}' is not a time of day such as "08:00"`);
}

export function checkZone(tz: string, node: Node, context: Context): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: tz });
    return true;
  } catch {
    context.error(node, `unknown time zone '${short(tz)}'; a name such as Europe/Berlin was expected`);
    return false;
  }
}

export function checkCron(cron: string, tz: string | undefined, node: Node, context: Context): boolean {
  try {
    cronOf(cron, tz).stop();
    return true;
  } catch (error) {
    context.error(
      node,
      `'${short(cron)}' is not a cron pattern: ${(error as Error).message.replace(/^CronPattern: /, "")}`,
    );
    return false;
  }
}
