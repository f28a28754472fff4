import type { Span } from "./values.ts";

/** A moment within the span, ms. */
export function drawn({ least, most }: Span, random: () => number): number {
  return least + random() * (most - least);
}
