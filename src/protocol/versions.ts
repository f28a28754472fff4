/** Versions from `since` to `until`, both included: `until: "2.5"` takes in 2.5.11. */
export interface Versions {
  readonly since?: string;
  readonly until?: string;
}

/** Whether a version such as `2.6.14`, `2.7_rc1` or `2.8_git` is one of these; a release's forerunners count as the release. */
export function withinVersions(version: string, { since, until }: Versions): boolean {
  if (since !== undefined && compare(numbersOf(version), numbersOf(since)) < 0) return false;
  if (until === undefined) return true;
  const last = numbersOf(until);
  return compare(numbersOf(version).slice(0, last.length), last) <= 0;
}

/** What OpenVPN tells of the versions of its management interface, by its number in the greeting. */
export function versionsOfManagement(managementVersion: number): Versions {
  if (managementVersion <= 2) return { until: "2.4" };
  if (managementVersion === 3) return { since: "2.5", until: "2.5" };
  if (managementVersion === 4) return { since: "2.6", until: "2.6.1" };
  return managementVersion === 5 ? { since: "2.6.2", until: "2.7.1" } : { since: "2.7.2" };
}

/** The version in the lines that `version` brings: `OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu …`. */
export function versionIn(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const [, version] = /OpenVPN (\d+\.\d+(?:[._]\w+)?)/.exec(line) ?? [];
    if (version !== undefined) return version;
  }
  return undefined;
}

function numbersOf(version: string): number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
