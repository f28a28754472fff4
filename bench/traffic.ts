// BYTECOUNT_CLI lines a second on one core, read from a socket as the connection reads them and put down to their clients, against
// splitting the same into lines: with few clients and with many.
import { DaemonModel } from "../src/model/daemon.ts";
import { Decoder } from "../src/protocol/decoder.ts";
import { Environment } from "../src/protocol/environment.ts";
import { LineSplitter } from "../src/protocol/lines.ts";
import { systemClock } from "../src/util/clock.ts";
import { seededRandom } from "../src/util/random.ts";
import { TurnClock } from "../src/util/turn.ts";
import { Feed } from "./feed.ts";
import { alternate, median } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";

const WANTED = 0.3;
const env = new Environment([["common_name", "client"]]);
const ROUNDS = 9;
/** Of the text, at least; it is sent so often for one measurement. */
const LINES = 400_000;
const TIMES = 5;

type Order = "by CID" | "shuffled";

/**
 * OpenVPN tells of a client when its time is up and it has traffic: in an order that stays, between that of the CIDs and none at all. The
 * latter measures the memory of the machine more than anything else: it is shown, and not judged.
 */
const CASES: readonly (readonly [clients: number, order: Order])[] = [
  [100, "by CID"],
  [100_000, "by CID"],
  [100_000, "shuffled"],
];

/** Each client in its turn, the counters higher each time. */
function traffic(cids: readonly number[]): string {
  const lines: string[] = [];
  for (let report = 1; lines.length < LINES; report++)
    for (const cid of cids)
      lines.push(`>BYTECOUNT_CLI:${cid},${report * 88_123 + cid},${report * 1_200_345}\r\n`);
  return lines.join("");
}

/** Some have left: every second CID is there. */
function cidsOf(clients: number): number[] {
  return Array.from({ length: clients }, (_, i) => i * 2);
}

function shuffled(cids: readonly number[]): number[] {
  const random = seededRandom(7);
  return cids
    .map((cid) => [random(), cid] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, cid]) => cid);
}

/** A server that has all of them, as the engine believes it. */
function serverOf(cids: readonly number[]): DaemonModel {
  const model = new DaemonModel("server", systemClock);
  for (const cid of cids) model.apply({ type: "CLIENT:ESTABLISHED", cid, env }, systemClock.now());
  return model;
}

/** As the session does it when no rule is on BYTECOUNT_CLI. */
async function putDown(feed: Feed, model: DaemonModel): Promise<number> {
  const { size } = model.clients;
  const clock = new TurnClock(systemClock);
  let heard = 0;
  const oddity = (what: string): void => {
    throw new Error(what);
  };
  const decoder = new Decoder({
    notification(notification) {
      if (notification.type !== "BYTECOUNT_CLI") throw new Error(`not parsed: ${notification.type}`);
      model.count(notification, clock.now());
      heard++;
    },
    reply: oddity,
    oddity,
  });
  const splitter = new LineSplitter((line, start, end) => decoder.take(line, start, end), oddity);
  await feed.read((chunk) => splitter.push(chunk));
  if (model.clients.size !== size) throw new Error(`${model.clients.size} clients of ${size}`);
  return heard;
}

const rows: string[][] = [];
const ratios: number[] = [];
for (const [clients, order] of CASES) {
  const cids = cidsOf(clients);
  // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
  const feed = await Feed.of(traffic(order === "shuffled" ? shuffled(cids) : cids), TIMES);
  const model = serverOf(cids);
  const sides = { putDown: () => putDown(feed, model), splitOnly: () => feed.splitOnly() };
  try {
    // oxlint-disable-next-line no-await-in-loop
    const { putDown: put = [], splitOnly: split = [] } = await alternate(sides, ROUNDS, "processor");
    const ratio = median(put.map((rate, round) => rate / (split[round] ?? Number.NaN)));
    if (order === "by CID") ratios.push(ratio);
    rows.push([`${clients} ${order}`, rateText(median(put)), rateText(median(split)), ratio.toFixed(2)]);
  } finally {
    feed.close();
  }
}
console.log(table(["clients", "put down, lines/s", "split only, lines/s", "ratio"], rows));
verdict(Math.min(...ratios), WANTED);
