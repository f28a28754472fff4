// Notifications parsed a second, read from a socket as the connection reads them, against splitting the same into lines.
import { Decoder } from "../src/protocol/decoder.ts";
import { LineSplitter } from "../src/protocol/lines.ts";
import { Feed } from "./feed.ts";
import { alternate, median } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";
import { notificationText } from "./wire-text.ts";

const WANTED = 0.3;
const ROUNDS = 9;
/** The text is sent so often for one measurement. */
const TIMES = 20;

const { text, lines, notifications } = notificationText(100_000);
const feed = await Feed.of(text, TIMES);

async function splitOnly(): Promise<number> {
  const found = await feed.splitOnly();
  if (found !== lines * TIMES) throw new Error(`split ${found} lines of ${lines * TIMES}`);
  return found;
}

async function parse(): Promise<number> {
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
  const splitter = new LineSplitter((line, start, end) => decoder.take(line, start, end), oddity);
  await feed.read((chunk) => splitter.push(chunk));
  if (heard !== notifications * TIMES)
    throw new Error(`heard ${heard} notifications of ${notifications * TIMES}`);
  return lines * TIMES;
}

try {
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
} finally {
  feed.close();
}
