const VERSION = /^(\d+(?:\.\d+)*)(.*)$/;

/** Compares versions such as `2.6.14` and `2.7_rc1`: negative when `a` is older; undefined when either is no version. */
export function compareVersions(a: string, b: string): number | undefined {
  const [, numbersOfA, tailOfA = ""] = VERSION.exec(a) ?? [];
  const [, numbersOfB, tailOfB = ""] = VERSION.exec(b) ?? [];
  if (numbersOfA === undefined || numbersOfB === undefined) return undefined;
  const left = numbersOfA.split(".").map(Number);
  const right = numbersOfB.split(".").map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  // A release comes behind its own pre-releases: 2.7_rc1 is older than 2.7.
  if (tailOfA === tailOfB) return 0;
  if (tailOfA === "") return 1;
  if (tailOfB === "") return -1;
  return tailOfA.localeCompare(tailOfB, "en", { numeric: true });
}
