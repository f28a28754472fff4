/** Rows of text as aligned columns: the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** `12.3 M`, `45.6 k`, `789`. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(2)} M`;
  if (perSecond >= 1e4) return `${(perSecond / 1e3).toFixed(1)} k`;
  return perSecond.toFixed(0);
}

/** The last line of a benchmark, and its exit status. */
export function verdict(ratio: number, wanted: number, bound: "at-least" | "at-most" = "at-least"): void {
  const ok = bound === "at-least" ? ratio >= wanted : ratio <= wanted;
  const sign = bound === "at-least" ? ">=" : "<=";
  console.log(
    `ratio ${ratio.toFixed(2)} (wanted ${sign} ${wanted}): ${ok ? "ok" : bound === "at-least" ? "below" : "above"}`,
  );
  if (!ok) process.exitCode = 1;
}
