// Mutations of the recordings through all that reads OpenVPN: splitter, decoder, replies and the model. Nothing may throw, memory must
// have a bound, and what is said behind it is understood. LINES SEED (10,000,000 and 1).
import { Conversation } from "../src/connection/conversation.ts";
import { DaemonModel, eventOf } from "../src/model/daemon.ts";
import type { Command } from "../src/protocol/command.ts";
import { command } from "../src/protocol/constructors.ts";
import type { Notification } from "../src/protocol/notification.ts";
import { systemClock } from "../src/util/clock.ts";
import { seededRandom } from "../src/util/random.ts";
import { mutatedLines } from "./mutations.ts";
import { rateText, table } from "./report.ts";

const [LINES = 10_000_000, SEED = 1] = process.argv.slice(2).map(Number);
/** Bytes: of RSS in all, and what may be kept more at the end than half way. Clients of CIDs that nobody gave are kept, up to a bound. */
const MOST = 600e6;
const MOST_GROWTH = 60e6;
/** Pieces in which a socket gives what comes, at most; characters. */
const LARGEST_PIECE = 64 * 1024;
const REPORTS = 10;

/** One is asked as soon as the one before was answered, by whatever came. */
const COMMANDS: readonly Command[] = [
  ...[command.pid(), command.status(3), command.state.on("all"), command.version(), command.hold.release()],
  ...[
    command.clientVersion(3),
    command.clientAuth(1, 2, ["push route"]),
    command.pushUpdate.broadcast("dns"),
    command.log.last(20),
  ],
];

const random = seededRandom(SEED);
const line = mutatedLines(random);
const model = new DaemonModel("flooded", systemClock);
const counts = { lines: 0, notifications: 0, events: 0, replies: 0, oddities: 0, endless: 0 };
let last: Notification | undefined;
let asked = 0;

const conversation = new Conversation({
  password: undefined,
  write: () => undefined,
  barred: () => undefined,
  endless: () => void counts.endless++,
  attached: () => undefined,
  oddity: () => void counts.oddities++,
  notification(notification) {
    counts.notifications++;
    last = notification;
    // The way without an event too.
    if (notification.type === "BYTECOUNT_CLI" && counts.notifications % 2 === 0) {
      model.count(notification, systemClock.now());
      return;
    }
    const happening = model.apply(notification, systemClock.now());
    if (happening && eventOf(happening, model.name, 0).type !== "") counts.events++;
  },
});

function ask(): void {
  const next = COMMANDS[asked++ % COMMANDS.length] ?? command.pid();
  conversation.expect(next, () => {
    counts.replies++;
    ask();
  });
}

conversation.push(">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n");
ask();
const rows: string[][] = [];
const rss: number[] = [];
const kept: number[] = [];
let reading = 0;
for (let report = 1; report <= REPORTS; report++) {
  while (counts.lines < (LINES * report) / REPORTS) {
    const text: string[] = [];
    for (let length = 0; length < LARGEST_PIECE; length += text.at(-1)?.length ?? 0) text.push(line());
    counts.lines += text.length;
    const whole = text.join("");
    const size = random() < 0.1 ? 1 + Math.floor(random() * 100) : LARGEST_PIECE;
    const started = performance.now();
    for (let start = 0; start < whole.length; start += size)
      conversation.push(whole.slice(start, start + size));
    reading += performance.now() - started;
    // oxlint-disable-next-line no-await-in-loop -- as a socket: the event loop goes round between two pieces
    await new Promise((resolve) => setImmediate(resolve));
  }
  rss.push(process.memoryUsage.rss());
  Bun.gc(true);
  kept.push(process.memoryUsage().heapUsed);
  rows.push([
    `${(counts.lines / 1e6).toFixed(1)} M lines`,
    ...[counts.notifications, counts.events, counts.replies, counts.oddities, model.clients.size].map(String),
    ...[rss, kept].map((bytes) => `${((bytes.at(-1) ?? 0) / 1e6).toFixed(0)} MB`),
  ]);
}
console.log(
  table([`seed ${SEED}`, "notifications", "events", "replies", "oddities", "clients", "RSS", "kept"], rows),
);
console.log(
  `${rateText((counts.lines / reading) * 1000)} lines/s through splitter, decoder, replies and model`,
);

// An open block takes no line that is none of its own.
conversation.push("\r\n>REMOTE:vpn.example.net,1194,udp\r\n");
const largest = Math.max(...rss);
const growth = (kept.at(-1) ?? 0) - (kept[REPORTS / 2 - 1] ?? 0);
const problems = [
  ...(largest > MOST ? [`${(largest / 1e6).toFixed(0)} MB of memory`] : []),
  ...(growth > MOST_GROWTH ? [`${(growth / 1e6).toFixed(0)} MB more kept at the end than half way`] : []),
  ...(last?.type === "REMOTE" && last.host === "vpn.example.net"
    ? []
    : ["what was said last is not understood"]),
];
console.log(problems.length === 0 ? "ok" : problems.join("; "));
if (problems.length > 0) process.exitCode = 1;
