/** What a value is on disk. Throws TypeError for one that JSON cannot hold: it would be gone without a word. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`A ${typeof value} cannot be stored, as it is no JSON`);
  return json;
}
