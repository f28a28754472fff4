/** A line without what differs from run to run: times, processes, keys, counts. Undefined: compared by other means. */
export function normalised(line: string): string | undefined {
  if (line.startsWith(">BYTECOUNT_CLI:") || logLine(line) !== undefined || line.includes("'PUSH_REQUEST'"))
    return undefined;
  // It may come behind what was sent without waiting for it.
  if (line.startsWith(">INFO:")) return undefined;
  return line
    .replace(/^(>[A-Z]+:)?\d{10},/, "$1<time>,")
    .replace(
      /^(>CLIENT:ENV,(?:tls_(?:serial|digest)\w*|daemon_pid|daemon_start_time|time_\w+|bytes_\w+))=.*/,
      "$1=<n>",
    )
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<date>")
    .replace(/([,\t])\d{10}(?=[,\t]|$)/g, "$1<time>")
    .replace(/,\d+,\d+,<date>$/, ",<n>,<n>,<date>")
    .replace(/^(CLIENT_LIST(?:[,\t].*)[,\t])\d+([,\t])\d+([,\t])<date>/, "$1<n>$2<n>$3<date>")
    .replace(/(queue length[,\t])\d+$/, "$1<n>")
    .replace(/bytesin=\d+,bytesout=\d+$/, "bytesin=<n>,bytesout=<n>");
}

/** Whose bytes are told, where this is a line that tells them. */
export function byteLine(line: string): string | undefined {
  return /^>BYTECOUNT_CLI:\d+/.exec(line)?.[0];
}

/**
 * A line of the log, where it is neither of a command nor one that a block can hold. The request for a push is left out: a
 * 2.6 server pushes before it comes, or behind it, as it happens.
 */
export function logLine(line: string): string | undefined {
  if (!line.startsWith(">LOG:") || /MANAGEMENT: CMD|,,.* validation failed|'PUSH_REQUEST'/.test(line))
    return undefined;
  return line.replace(/^>LOG:\d+/, "").replace(/sid=.*/, "sid=<n>");
}

/** Rows of tables and the ends of several clients at once come in the order of a hash. */
export function settled(lines: readonly string[]): string[] {
  const result: string[] = [];
  let run: string[] = [];
  let inTable = false;
  const flush = (): void => {
    result.push(...run.toSorted());
    run = [];
  };
  for (const line of joined(lines)) {
    const isRow: boolean =
      /^(?:CLIENT_LIST|ROUTING_TABLE)[,\t]|^>CLIENT:DISCONNECT/.test(line) ||
      (inTable && !/^(ROUTING TABLE|GLOBAL STATS)$/.test(line));
    if (isRow) run.push(line);
    else {
      flush();
      result.push(line);
    }
    inTable = /^(Common Name|Virtual Address),/.test(line) || (inTable && isRow);
  }
  flush();
  return result.flatMap((line) => line.split("\r\n"));
}

/** Each block of a client that went as one text. */
function joined(lines: readonly string[]): string[] {
  const result: string[] = [];
  let open = false;
  for (const line of lines) {
    if (open) result.push(`${result.pop()}\r\n${line}`);
    else result.push(line);
    open = line.startsWith(">CLIENT:DISCONNECT") || (open && line !== ">CLIENT:ENV,END");
  }
  return result;
}
