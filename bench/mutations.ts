import { PASSWORD_PROMPT } from "../src/protocol/lines.ts";
import { sessionsOf, TRANSCRIPTS } from "../test/support/transcripts.ts";

/** Of so many lines one is not as it was recorded. */
const MUTATED = 3;
/** Lines that stand behind one another in a recording stay so for so long, at most. */
const LONGEST_RUN = 40;

/** What a line is cut or filled up with: what means something to a reader, and what should mean nothing. */
const BITS = [
  ...[
    ">",
    ",",
    ":",
    "=",
    "'",
    " ",
    "\t",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "END",
    ">CLIENT:ENV,END",
    ">CLIENT:CONNECT,1,2\r\n",
  ],
  ...[
    "ERROR:",
    "SUCCESS: ",
    PASSWORD_PROMPT,
    "é",
    "\u{1f600}",
    "\ud800",
    "\ufffd",
    "-1",
    "0",
    "18446744073709551616",
    "NaN",
  ],
  ...[
    "9".repeat(400),
    "__proto__",
    "constructor",
    ">UPDOWN:UP\r\n",
    ">BYTECOUNT_CLI:",
    "Need 'Auth' password",
  ],
];

type Random = () => number;
type Mutation = (line: string, random: Random, other: string) => string;

const at = (text: string, random: Random): number => Math.floor(random() * (text.length + 1));
const one = <T>(all: readonly T[], random: Random): T => all[Math.floor(random() * all.length)] as T;

const MUTATIONS: readonly Mutation[] = [
  // One character is another one.
  (line, random) => {
    const place = at(line, random);
    return line.slice(0, place) + String.fromCharCode(Math.floor(random() * 300)) + line.slice(place + 1);
  },
  // Something stands in between.
  (line, random) => {
    const place = at(line, random);
    return line.slice(0, place) + one(BITS, random) + line.slice(place);
  },
  // A part is missing, or comes twice.
  (line, random) => line.slice(0, at(line, random)) + line.slice(at(line, random)),
  // It goes on as another one.
  (line, random, other) => line.slice(0, at(line, random)) + other.slice(at(other, random)),
  // Another number.
  (line, random) => line.replace(/\d+/, () => String(Math.floor(random() * 10 ** Math.floor(random() * 20)))),
  // Its end is missing, or is another one.
  (line, random) => line.replace(/\r\n$/, () => one(["", "\n", "\r", "\r\r\n"], random)),
  // It is not there.
  () => "",
];

/** Lines of the recordings with their ends, in their order; one in a few mutated. The same seed gives the same ones. */
export function mutatedLines(random: Random): () => string {
  const recorded = TRANSCRIPTS.flatMap((file) =>
    sessionsOf(file).map(({ steps }) => {
      const bytes = Buffer.concat(steps.flatMap((step) => ("bytes" in step ? [step.bytes] : [])));
      return bytes.toString("utf8").split(/(?<=\n)/);
    }),
  ).filter((lines) => lines.length > 0);
  const all = recorded.flat();
  let run: readonly string[] = [];
  let next = 0;
  let end = 0;
  return () => {
    if (next >= end) {
      run = one(recorded, random);
      next = Math.floor(random() * run.length);
      end = Math.min(run.length, next + 1 + Math.floor(random() * LONGEST_RUN));
    }
    const line = run[next++] ?? "";
    if (random() * MUTATED >= 1) return line;
    // Now and then what is no line at all.
    if (random() < 1e-5) return one(BITS, random).repeat(Math.floor(random() * 200_000));
    return one(MUTATIONS, random)(line, random, one(all, random));
  };
}
