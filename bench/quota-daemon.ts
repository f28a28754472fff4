/**
 * The process of bench/quota.ts that stands for an OpenVPN server of many clients. It tells of their traffic, asks about newcomers meanwhile,
 * and asks an echo as well: both are measured by the same clock. Arguments: the management socket, the echo's socket, clients, reports a
 * second, questions. Prints the times as JSON, in milliseconds.
 */
import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { LineSplitter, whole } from "../src/protocol/lines.ts";

const [managementPath = "", echoPath = "", ...numbers] = process.argv.slice(2);
const [clients = 20_000, perSecond = 20_000, questions = 5_000] = numbers.map(Number);
/** Reports come in pieces, as from a loop that turns so often, ms. */
const PIECE = 10;
const BETWEEN = 4;
const SINCE = Math.floor(Date.now() / 1000);

const REPLIES: Readonly<Record<string, string>> = {
  version: "OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu\r\nManagement Version: 5\r\nEND\r\n",
  "version 3": "",
  pid: "SUCCESS: pid=4711\r\n",
  "state on all": `SUCCESS: real-time state notification set to ON\r\n${SINCE},CONNECTED,SUCCESS,10.8.0.1,,,,\r\nEND\r\n`,
  "load-stats": "SUCCESS: nclients=1,bytesin=0,bytesout=0\r\n",
};

let told = 0;

function status(): string {
  const row = (cid: number): string =>
    `CLIENT_LIST\tclient-${cid}\t192.0.2.1:${1024 + cid}\t10.${cid >> 16}.${(cid >> 8) & 255}.${cid & 255}\t\t${told}\t${told}\tthen\t${SINCE}\tUNDEF\t${cid}\t${cid}\tAES-256-GCM`;
  return [
    "TITLE\tOpenVPN 2.6.14",
    `TIME\tnow\t${SINCE}`,
    "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher",
    ...Array.from({ length: clients }, (_, cid) => row(cid)),
    "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\tLast Ref\tLast Ref (time_t)",
    "GLOBAL_STATS\tdco_enabled\t0",
    "END\r\n",
  ].join("\r\n");
}

function listen(path: string): Promise<Socket> {
  return new Promise((resolve) => {
    createServer((socket) => resolve(socket.setEncoding("utf8").on("error", () => process.exit(0)))).listen(
      path,
    );
  });
}

const sockets = Promise.all([listen(managementPath), listen(echoPath)]);
console.log("listening");
const [management, echo] = await sockets;

let answered: () => void = () => undefined;
const ready = new Promise<void>((resolve) => {
  const splitter = new LineSplitter(
    whole((line) => {
      if (line.startsWith("client-")) {
        management.write("SUCCESS: client-auth command succeeded\r\n");
        answered();
      } else if (line === "status 3") management.write(status());
      else management.write(REPLIES[line] ?? "SUCCESS: done\r\n");
      if (line === "load-stats") resolve();
    }),
    () => undefined,
  );
  management.on("data", (chunk) => splitter.push(String(chunk)));
});
management.write(">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n");
await ready;

let echoed: () => void = () => undefined;
echo.on("data", () => echoed());

/** Whoever has traffic is told of in the order of the CIDs. */
let next = 0;
let owed = 0;
let last = performance.now();
const reports = setInterval(() => {
  const now = performance.now();
  owed += ((now - last) / 1000) * perSecond;
  last = now;
  const lines: string[] = [];
  for (; owed >= 1; owed--) {
    if (next === 0) told += 1_234;
    lines.push(`>BYTECOUNT_CLI:${next},${told},${told}\r\n`);
    next = (next + 1) % clients;
  }
  management.write(lines.join(""));
}, PIECE);

function timed(ask: (done: () => void) => void): Promise<number> {
  return new Promise((resolve) => {
    const started = performance.now();
    ask(() => resolve(performance.now() - started));
  });
}

const engine: number[] = [];
const idle: number[] = [];
await pause(3_000);
for (let i = 0; i < questions; i++) {
  const cid = clients + i;
  // oxlint-disable-next-line no-await-in-loop -- one question after the other is the point
  await pause(BETWEEN);
  engine.push(
    // oxlint-disable-next-line no-await-in-loop
    await timed((done) => {
      answered = done;
      management.write(
        `>CLIENT:CONNECT,${cid},1\r\n>CLIENT:ENV,common_name=client-${i % clients}\r\n>CLIENT:ENV,END\r\n`,
      );
    }),
  );
  management.write(`>CLIENT:DISCONNECT,${cid}\r\n>CLIENT:ENV,END\r\n`);
  idle.push(
    // oxlint-disable-next-line no-await-in-loop
    await timed((done) => {
      echoed = done;
      echo.write("?");
    }),
  );
}
clearInterval(reports);
console.log(JSON.stringify({ engine, idle }));
process.exit(0);
