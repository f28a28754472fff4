import type { Per } from "../rules/rulebook.ts";
import { dayOf, hourOf, monthOf, type Span, weekOf } from "../util/calendar.ts";

/** For ever: the period of a lifetime's budget, and of a sliding window, which has none. */
const ENDLESS: Span = { start: 0, end: Infinity };

/** The period that a moment lies in; `tz` undefined is the machine's zone. */
export function periodOf(at: number, per: Per, tz: string | undefined): Span {
  if (per === "hour") return hourOf(at, tz);
  if (per === "day") return dayOf(at, tz);
  if (per === "week") return weekOf(at, tz);
  if (typeof per === "object" && "month" in per) return monthOf(at, tz, per.month);
  return ENDLESS;
}
