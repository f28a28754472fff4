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

/** Masks every registered secret wherever it stands in a text: the last line of defence before any output. */
export class Redactor {
  /** Longest first: one secret may hold another. */
  #values: readonly string[] = [];

  add(secret: Secret): void {
    const value = secret.reveal();
    // Short values would mask ordinary words; they are kept out of texts by type alone.
    if (value.length < 4) return;
    const escaped = JSON.stringify(value).slice(1, -1);
    this.#values = [...new Set([...this.#values, value, escaped])].toSorted((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    let masked = text;
    for (const value of this.#values)
      if (masked.includes(value)) masked = masked.replaceAll(value, "<redacted>");
    return masked;
  }
}
