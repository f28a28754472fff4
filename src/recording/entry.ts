import { z } from "zod";

/** Seconds since the recording began. */
const t = z.number().min(0);

const chunk = z.object({
  t,
  /** `S` from OpenVPN, `C` from the controller. */
  dir: z.enum(["S", "C"]),
  /** Names the connection; after its end another one may have the name. */
  who: z.string(),
  b64: z.base64(),
});

const note = z.object({
  t,
  note: z.string(),
  /** In the first note: when the recording began. */
  began: z.iso.datetime().optional(),
});

/** One line of a recording. */
const entry = z.union([chunk, note]);

export type Entry = z.infer<typeof entry>;
export type Chunk = z.infer<typeof chunk>;
export type Note = z.infer<typeof note>;

/** A recording that cannot be read. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** Throws RecordingError, which names the line. */
export function parseEntries(text: string, file: string): Entry[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const parsed = entry.safeParse(json(line));
    if (!parsed.success)
      throw new RecordingError(
        `${file}:${i + 1}: no line of a recording; {"t":seconds,"dir":"S"|"C","who":name,"b64":bytes} or {"t":seconds,"note":text} was expected`,
      );
    return [parsed.data];
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The note that ends a connection. */
export function endNote(who: string, by: "daemon" | "controller"): string {
  return `${who} ${by === "daemon" ? "EOF from daemon" : "controller closes its socket"}`;
}

/** Whose connection a note ends, and who ended it; undefined when it ends none. */
export function readEndNote(
  text: string,
): { readonly who: string; readonly by: "daemon" | "controller" } | undefined {
  const [, who, what] = /^(\S*) (EOF from daemon|controller closes its socket)/.exec(text) ?? [];
  if (who === undefined) return undefined;
  return { who, by: what === "EOF from daemon" ? "daemon" : "controller" };
}
