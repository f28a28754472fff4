/** Bytes of each unit. Decimal units have a small k, as in SI; a capital K is let through, nobody means kelvin. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

const SIZE = /^(\d+(?:\.\d+)?)([kKMGTP]i?B|B)$/;

/** `10kB 50MB` (decimal) and `10KiB 50GiB` (binary) to bytes; undefined when `text` is no size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]];
  if (!match || unit === undefined) return undefined;
  const size = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(size) ? size : undefined;
}

const BINARY = ["PiB", "TiB", "GiB", "MiB", "KiB"] as const;
const DECIMAL = ["PB", "TB", "GB", "MB", "kB"] as const;

/**
 * Bytes to text: an exact binary multiple in binary units (`50GiB`), unless it is shorter in decimal ones (`2GB`), else decimal with at
 * most two places (`1.23MB`).
 */
export function formatSize(size: number): string {
  if (!Number.isFinite(size)) return String(size);
  if (size < 0) return `-${formatSize(-size)}`;
  const decimal = decimalText(size);
  for (const name of BINARY) {
    const count = size / (UNITS[name] ?? 1);
    if (count < 1 || !Number.isInteger(count)) continue;
    const binary = `${count}${name}`;
    return decimal.length < binary.length && parseSize(decimal) === size ? decimal : binary;
  }
  return decimal;
}

function decimalText(size: number): string {
  // 999 996 B would print as 1000kB: what rounds up to a whole unit is below it by too little to show.
  for (const name of DECIMAL) {
    const count = size / (UNITS[name] ?? 1);
    if (count >= 0.999995) return `${round(count)}${name}`;
  }
  return `${round(size)}B`;
}

function round(count: number): number {
  return Math.round(count * 100) / 100;
}
