/**
 * The same text by itself. A piece that is cut out of a longer text keeps all of that in memory: what is kept for long must not.
 * Engines copy when two texts joined are read; a piece of what is joined and not read yet would be the old one again.
 */
export function ownText(text: string): string {
  const joined = ` ${text}`;
  return joined.charCodeAt(0) === 32 ? joined.slice(1) : text;
}
