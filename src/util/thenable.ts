/** A value, or a promise of it. */
export type Pending<T> = T | Promise<T>;

/** A plugin's promise may be of any kind that can be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
