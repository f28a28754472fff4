/** The candidate nearest to `name`, near enough to be a slip of the hand; undefined when none is. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  // One letter is near every other one; only its other case is meant then.
  let bestDistance = wanted.length < 2 ? 1 : Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? beginning(wanted, candidates);
}

/** A word that was cut short (`match` for `matches`), or written out (`monday` for `mon`). */
function beginning(wanted: string, candidates: Iterable<string>): string | undefined {
  const near = [...candidates].filter((candidate) => {
    const [short = "", long = ""] = [wanted, candidate.toLowerCase()].toSorted((a, b) => a.length - b.length);
    return short.length >= 3 && long.startsWith(short) && !/[.:]/.test(long.slice(short.length));
  });
  return near.toSorted((a, b) => Math.abs(a.length - wanted.length) - Math.abs(b.length - wanted.length))[0];
}

/** The end of an error message: `; did you mean 'REMOTE'?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = suggest(name, candidates);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}

/** Insertions, deletions, replacements and swaps of neighbours; `limit` when it is at least that many. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(at(last, b.length), limit);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
