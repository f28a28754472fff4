import { resolve as resolvePath } from "node:path";
import { isMap, isSeq, type Node } from "yaml";
import { didYouMean, editDistance } from "../../util/suggest.ts";
import type { EventSelector } from "../rulebook.ts";
import { EVENTS } from "../vocabulary/events.ts";
import { isOwnEvent } from "../vocabulary/own-events.ts";
import type { Context } from "./context.ts";
import { checkCron, checkZone } from "./windows.ts";
import { bool, oneOf, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";

const scheduleShape = table(
  {
    schedule: { shape: text, required: true, about: "A cron pattern" },
    tz: { shape: text, about: "Time zone" },
    missed: { shape: oneOf("skip", "run"), about: "What was missed while no engine ran; skip" },
    once: { shape: bool, about: "Once, not once per daemon; false" },
  },
  { what: "A schedule" },
);

const fileShape = table({ file: { shape: text, required: true, about: "The file that is watched" } });

export function readEvents(node: Node, part: Part, world: World): EventSelector[] | "future" | undefined {
  const found = part.context.resolve(node);
  const items = isSeq(found) ? found.items : [node];
  if (items.length === 0) return part.context.error(node, "An event was expected");
  const selectors = items.map((item) => readEvent(item as Node, part, world));
  if (selectors.includes("future")) return "future";
  const known = selectors.filter((selector) => typeof selector === "object");
  return known.length === items.length ? known : undefined;
}

function readEvent(node: Node, part: Part, world: World): EventSelector | "future" | undefined {
  const { context, directory } = part;
  const found = context.resolve(node);
  if (isMap(found)) {
    if (found.has("file")) {
      const file = fileShape.read(found, context)?.get("file");
      return file === undefined ? undefined : { file: resolvePath(directory, file) };
    }
    const spec = scheduleShape.read(found, context);
    const schedule = spec?.get("schedule");
    if (!spec || schedule === undefined) return undefined;
    const tz = spec.get("tz");
    if (tz !== undefined && !checkZone(tz, spec.at("tz"), context)) return undefined;
    if (!checkCron(schedule, tz, spec.at("schedule"), context)) return undefined;
    return { schedule, tz, missed: spec.get("missed") ?? "skip", once: spec.get("once") ?? false };
  }
  const name = text.read(node, context);
  if (name === undefined) return undefined;
  return checkEvent(name, node, context, world) ? { event: name } : undefined;
}

/** Words with which only events of the engine begin, unless a rule emits one. */
const ENGINES = new Set(["daemon", "remote", "proxy", "window", "quota"]);

function checkEvent(name: string, node: Node, context: Context, world: World): boolean {
  if (name === "schedule" || name === "file.changed") {
    const form = name === "schedule" ? '{ schedule: "0 2 * * sun" }' : "{ file: ./path }";
    context.error(node, `Write on: ${form}`);
    return false;
  }
  if (Object.hasOwn(EVENTS, name)) return true;
  const slip = Object.keys(EVENTS).find((known) => known.includes(".") && editDistance(name, known, 3) < 3);
  if (isOwnEvent(name) && world.emitted.has(name)) return true;
  if (isOwnEvent(name) && slip === undefined && !ENGINES.has(name.split(".")[0] ?? "")) {
    const near = [...world.emitted].find((emitted) => editDistance(name, emitted, 2) < 2);
    if (near !== undefined) context.warn(node, `no rule emits '${short(name)}'; did you mean '${near}'?`);
    return true;
  }
  const all = [...Object.keys(EVENTS), ...world.emitted];
  context.error(node, `unknown event '${short(name)}'${didYouMean(name, all)}`);
  return false;
}

export function typeOf(selector: EventSelector): string {
  if ("event" in selector) return selector.event;
  return "schedule" in selector ? "schedule" : "file.changed";
}
