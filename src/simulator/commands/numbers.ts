/** As C's atoi: what is no number is 0. */
export function integer(text: string | undefined): number {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isNaN(value) ? 0 : value;
}

/** As C's atoi put into an unsigned: what is below 0 becomes a very large number. */
export function unsigned(text: string): number {
  const value = integer(text);
  return value < 0 ? Number.MAX_SAFE_INTEGER : value;
}

/** As C's sscanf of an unsigned: undefined when the text does not begin with digits. */
export function scanned(text: string): number | undefined {
  return /^ *[+-]?\d/.test(text) ? unsigned(text) : undefined;
}
