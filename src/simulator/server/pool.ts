/** Virtual addresses to give away: first the one that the common name had before, then one that nobody had, then the oldest. */
export class Pool {
  readonly #size: number;
  /** Given back, with whom they belonged to; the oldest first. */
  readonly #free = new Map<number, string>();
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Undefined when none is left. */
  take(commonName: string): number | undefined {
    const entries = [...this.#free];
    const [own] = entries.find(([, name]) => name === commonName) ?? [];
    const index = own ?? (this.#used < this.#size ? this.#used++ : entries[0]?.[0]);
    if (index !== undefined) this.#free.delete(index);
    return index;
  }

  release(index: number, commonName: string): void {
    this.#free.set(index, commonName);
  }
}

/** The address `steps` behind the first one, which may be IPv4 or IPv6. */
export function addressAt(first: string, steps: number): string {
  const six = first.includes(":");
  const separator = six ? ":" : ".";
  const cut = first.lastIndexOf(separator) + 1;
  const last = Number.parseInt(first.slice(cut) || "0", six ? 16 : 10) + steps;
  if (six) return first.slice(0, cut) + last.toString(16);
  const parts = first.split(".").map(Number);
  let carry = steps;
  for (let i = parts.length - 1; i >= 0; i--) {
    const sum = (parts[i] ?? 0) + carry;
    parts[i] = sum % 256;
    carry = Math.floor(sum / 256);
  }
  return parts.join(".");
}
