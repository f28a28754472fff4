/**
 * The process of bench/roundtrip.ts that stands for OpenVPN, and asks the echo as well: both are measured by the same clock.
 * Arguments: the management socket, the echo's socket, rounds, rounds to warm up. Prints the times as JSON, in microseconds.
 */
import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { LineSplitter, whole } from "../src/protocol/lines.ts";

const [managementPath = "", echoPath = "", rounds = "2000", warmUp = "300"] = process.argv.slice(2);
const QUESTION = ">REMOTE:vpn1.example.net,1194,udp\r\n";
/** Long enough for the journal of the round before to be written. */
const BETWEEN_MS = 2;
/** Rounds with one side before it is the other's turn. */
const TURN = 100;

const REPLIES: Readonly<Record<string, string>> = {
  version: "OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu\r\nManagement Version: 5\r\nEND\r\n",
  "version 3": "",
  pid: "SUCCESS: pid=4711\r\n",
  "state on all":
    "SUCCESS: real-time state notification set to ON\r\n1767600000,RECONNECTING,SIGUSR1,,,,,\r\nEND\r\n",
  "remote-entry-get all":
    "0,vpn1.example.net,1194,udp,enabled\r\n1,vpn2.example.net,1194,udp,enabled\r\nEND\r\n",
  "status 3": "OpenVPN STATISTICS\r\nUpdated,2026-01-05 10:00:00\r\nTUN/TAP read bytes,0\r\nEND\r\n",
};

/** Someone who connects and answers; `answered` is told when a round is over. */
class Peer {
  readonly times: number[] = [];
  readonly #socket: Socket;
  #answered: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket.setEncoding("utf8");
  }

  onLine(hear: (line: string) => void): void {
    const splitter = new LineSplitter(whole(hear), (text) => fail(text));
    this.#socket.on("data", (chunk) => splitter.push(String(chunk)));
    this.#socket.on("close", () => fail("A peer went away"));
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  answered(): void {
    this.#answered();
  }

  round(): Promise<number> {
    return new Promise((done) => {
      this.#answered = () => done((performance.now() - started) * 1000);
      const started = performance.now();
      this.write(QUESTION);
    });
  }
}

function management(socket: Socket): Peer {
  const peer = new Peer(socket);
  peer.onLine((line) => {
    if (line.startsWith("remote ")) {
      peer.answered();
      peer.write("SUCCESS: remote command succeeded\r\n");
    } else peer.write(REPLIES[line] ?? "SUCCESS: done\r\n");
  });
  peer.write(">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n");
  return peer;
}

function echo(socket: Socket): Peer {
  const peer = new Peer(socket);
  peer.onLine(() => peer.answered());
  return peer;
}

function listen(path: string): Promise<Socket> {
  return new Promise((connected) => {
    const server = createServer((socket) => {
      server.close();
      connected(socket);
    });
    server.listen(path, () => process.stdout.write(`listening ${path}\n`));
  });
}

function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

/** The attempt ended by nobody's fault: the next question is another one, and no candidate is held to be bad. */
async function settle(peer: Peer): Promise<void> {
  await pause(BETWEEN_MS);
  peer.write(`>STATE:${Math.floor(Date.now() / 1000)},RECONNECTING,SIGUSR1,,,,,\r\n`);
  await pause(BETWEEN_MS);
}

async function measure(engine: Peer, other: Peer): Promise<void> {
  for (let round = 0; round < Number(warmUp) + Number(rounds); round++) {
    // oxlint-disable no-await-in-loop -- one round after the other
    if (round % TURN === 0)
      for (let i = 0; i < TURN; i++) {
        const time = await other.round();
        if (round >= Number(warmUp)) other.times.push(time);
        await pause(2 * BETWEEN_MS);
      }
    const time = await engine.round();
    if (round >= Number(warmUp)) engine.times.push(time);
    await settle(engine);
    // oxlint-enable no-await-in-loop
  }
}

const sockets = await Promise.all([listen(managementPath), listen(echoPath)]);
const [engine, other] = [management(sockets[0]), echo(sockets[1])];
await measure(engine, other);
process.stdout.write(`times ${JSON.stringify({ engine: engine.times, echo: other.times })}\n`, () =>
  process.exit(0),
);
