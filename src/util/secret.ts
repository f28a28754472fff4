/** A value that must never be printed: every way of turning it into text gives `<redacted>`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear text, for the wire only. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "<redacted>";
  }

  toJSON(): string {
    return "<redacted>";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "<redacted>";
  }
}

/** Secrets that are good for a moment and are still masked. */
const MOST_PASSING = 32;

/** As it stands in a text, and as JSON writes it. Short values would mask ordinary words; they are kept out of texts by type alone. */
function formsOf(secret: Secret): string[] {
  const value = secret.reveal();
  return value.length < 4 ? [] : [value, JSON.stringify(value).slice(1, -1)];
}

/** Masks every registered secret wherever it stands in a text: the last line of defence before any output. */
export class Redactor {
  /** Longest first: one secret may hold another. */
  #values: readonly string[] = [];
  /** Those that are good for a moment only, oldest first. */
  #passing: readonly (readonly string[])[] = [];

  /** One that is good for a moment: it is forgotten when many others have come. */
  addPassing(secret: Secret): void {
    this.#passing = [...this.#passing, formsOf(secret)].slice(-MOST_PASSING);
  }

  add(secret: Secret): void {
    this.#values = [...new Set([...this.#values, ...formsOf(secret)])].toSorted(
      (a, b) => b.length - a.length,
    );
  }

  mask(text: string): string {
    let masked = text;
    for (const value of [...this.#passing.flat(), ...this.#values])
      if (masked.includes(value)) masked = masked.replaceAll(value, "<redacted>");
    return masked;
  }
}
