/** What holds for a session. */
export interface Terms {
  /** Bytes; NaN: it cannot be told. */
  readonly limit: number;
  readonly exempt: boolean;
}

/** What holds for an account whose sessions have terms of their own: the largest limit, and exempt if one is. */
export class JointTerms {
  readonly #of = new Map<object, Terms>();
  /** How many sessions have each limit. */
  readonly #limits = new Map<number, number>();
  #exempt = 0;

  set(share: object, terms: Terms): void {
    const before = this.#of.get(share);
    if (before && Object.is(before.limit, terms.limit) && before.exempt === terms.exempt) return;
    this.delete(share);
    this.#of.set(share, terms);
    this.#limits.set(terms.limit, (this.#limits.get(terms.limit) ?? 0) + 1);
    if (terms.exempt) this.#exempt++;
  }

  delete(share: object): void {
    const terms = this.#of.get(share);
    if (!terms) return;
    this.#of.delete(share);
    const left = (this.#limits.get(terms.limit) ?? 0) - 1;
    if (left > 0) this.#limits.set(terms.limit, left);
    else this.#limits.delete(terms.limit);
    if (terms.exempt) this.#exempt--;
  }

  get all(): Terms {
    let limit = NaN;
    for (const one of this.#limits.keys()) limit = largest(limit, one);
    return { limit, exempt: this.#exempt > 0 };
  }
}

/** The more generous of both. */
export function larger(a: Terms, b: Terms): Terms {
  return { limit: largest(a.limit, b.limit), exempt: a.exempt || b.exempt };
}

function largest(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b);
}
