/** Milliseconds of each unit, in the order in which they are printed. */
const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** `500ms 30s 5m 2h 7d`, fractions too (`1.5h`), to milliseconds; undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const unit = UNITS.find(([name]) => name === match[2]);
  if (!unit) return undefined;
  // Whole milliseconds: 0.1s times 1000 and the like leave a binary tail behind.
  const duration = Math.round(Number(match[1]) * unit[1]);
  return Number.isSafeInteger(duration) ? duration : undefined;
}

/** Milliseconds to text that reads well and loses nothing: `90000` is `1m30s`, `0` is `0s`. */
export function formatDuration(duration: number): string {
  if (!Number.isFinite(duration)) return String(duration);
  if (duration < 0) return `-${formatDuration(-duration)}`;
  let left = Math.round(duration);
  let text = "";
  for (const [name, factor] of UNITS) {
    const count = Math.floor(left / factor);
    left -= count * factor;
    if (count > 0) text += `${count}${name}`;
  }
  return text || "0s";
}
