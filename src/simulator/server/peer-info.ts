/** OpenVPN's buffer for one line of what a client says of itself, its end included. */
const BUFFER = 256;

/**
 * The lines as OpenVPN reads them: of one that is too long, a character is lost at each cut, and what is behind it counts as
 * a line of its own.
 */
export function infoLines(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const pieces: string[] = [];
    let rest = line;
    while (rest.length >= BUFFER) {
      pieces.push(rest.slice(0, BUFFER - 1));
      rest = rest.slice(BUFFER + 1);
    }
    return [...pieces, rest];
  });
}

export function isValidInfo(line: string): boolean {
  return /^\w+=/.test(line);
}

export const INVALID_INFO = "validation failed on peer_info line received from client";
