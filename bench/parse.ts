import { Decoder } from "../src/protocol/decoder.ts";
import { LineSplitter } from "../src/protocol/lines.ts";
import { alternate, median } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";
import { chunks, notificationText } from "./wire-text.ts";

const WANTED = 0.3;
const LINES = 400_000;
const ROUNDS = 11;

const { text, lines, notifications } = notificationText(LINES);
const pieces = chunks(text, 64 * 1024);

/** What is left to do when nothing is parsed: find the line ends, cut the lines out. */
function splitOnly(): number {
  let rest = "";
  let found = 0;
  let characters = 0;
  for (const piece of pieces) {
    const joined = rest === "" ? piece : rest + piece;
    let start = 0;
    for (let end = joined.indexOf("\n"); end >= 0; end = joined.indexOf("\n", start)) {
      const last = joined.charCodeAt(end - 1) === 13 ? end - 1 : end;
      characters += joined.slice(start, last).length;
      found++;
      start = end + 1;
    }
    rest = joined.slice(start);
  }
  if (found !== lines || characters === 0) throw new Error(`split ${found} lines of ${lines}`);
  return found;
}

function parse(): number {
  let heard = 0;
  const oddity = (what: string): void => {
    throw new Error(what);
  };
  const decoder = new Decoder({
    notification(notification) {
      if (notification.type === "OTHER") throw new Error(`not parsed: ${notification.name}`);
      heard++;
    },
    reply: oddity,
    oddity,
  });
  const splitter = new LineSplitter((line) => decoder.line(line), oddity);
  for (const piece of pieces) splitter.push(piece);
  if (heard !== notifications) throw new Error(`heard ${heard} notifications of ${notifications}`);
  return lines;
}

const rates = await alternate({ parse, splitOnly }, ROUNDS);
const parsed = rates["parse"] ?? [];
const split = rates["splitOnly"] ?? [];
const perLine = notifications / lines;
console.log(
  table(
    ["", "lines/s", "notifications/s"],
    [
      ["LineSplitter + Decoder", rateText(median(parsed)), rateText(median(parsed) * perLine)],
      ["splitting only", rateText(median(split)), ""],
    ],
  ),
);
verdict(median(parsed.map((rate, round) => rate / (split[round] ?? Number.NaN))), WANTED);
