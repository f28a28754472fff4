// Notifications parsed a second, read from a socket as the connection reads them, against splitting the same into lines.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decoder } from "../src/protocol/decoder.ts";
import { LineSplitter } from "../src/protocol/lines.ts";
import { alternate, median } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";
import { notificationText } from "./wire-text.ts";

const WANTED = 0.3;
const ROUNDS = 9;
/** The text is sent so often for one measurement. */
const TIMES = 20;

const { text, lines, notifications } = notificationText(100_000);
const directory = mkdtempSync(join(tmpdir(), "parse-"));
const path = join(directory, "feeder.sock");
writeFileSync(join(directory, "text"), text);
const args = [join(import.meta.dirname, "feeder.ts"), path, join(directory, "text"), String(TIMES)];
const feeder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve) => feeder.stdout.once("data", resolve));

/** Hands all that is sent to `push`, in the pieces in which it arrives. */
function read(push: (chunk: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path });
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => push(String(chunk)));
    socket.on("end", resolve);
    socket.on("error", reject);
  });
}

/** What is left to do when nothing is parsed: find the line ends, cut the lines out. */
async function splitOnly(): Promise<number> {
  let rest = "";
  let found = 0;
  let characters = 0;
  await read((chunk) => {
    const joined = rest === "" ? chunk : rest + chunk;
    let start = 0;
    for (let end = joined.indexOf("\n"); end >= 0; end = joined.indexOf("\n", start)) {
      const last = joined.charCodeAt(end - 1) === 13 ? end - 1 : end;
      characters += joined.slice(start, last).length;
      found++;
      start = end + 1;
    }
    rest = joined.slice(start);
  });
  if (found !== lines * TIMES || characters === 0)
    throw new Error(`split ${found} lines of ${lines * TIMES}`);
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
  await read((chunk) => splitter.push(chunk));
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
  feeder.kill();
  rmSync(directory, { recursive: true, force: true });
}
