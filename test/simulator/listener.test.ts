import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/simulator/listener.ts";
import { world } from "./support.ts";

const GREETED = ">HOLD:Waiting for hold release:0\r\n";

let folder = "";
let undo: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "listener-"));
});

afterEach(() => {
  for (const step of undo) step();
  undo = [];
  rmSync(folder, { recursive: true });
});

/** A client of the socket: what it has heard, as one character a byte. */
class Peer {
  readonly socket: net.Socket;
  heard = "";
  ended = false;
  #look: () => void = () => undefined;

  constructor(address: net.NetConnectOpts) {
    this.socket = net.connect(address);
    undo.push(() => this.socket.destroy());
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk) => {
      this.heard += String(chunk);
      this.#look();
    });
    this.socket.on("close", () => {
      this.ended = true;
      this.#look();
    });
  }

  /** Settles once the condition holds; looked at whenever something has happened. */
  async until(condition: (peer: this) => boolean): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (condition(this)) resolve();
      };
      this.#look();
    });
    return this.heard;
  }
}

async function served(): Promise<ReturnType<typeof world> & { address: net.IpcNetConnectOpts }> {
  const client = world({ pid: 7 });
  client.controller.leave();
  const address = { path: join(folder, "management") };
  const server = await listen(client.daemon.slot, address);
  undo.push(() => server.close());
  return { ...client, address };
}

test("A controller on the socket is greeted, and its commands are answered", async () => {
  const { address } = await served();
  const peer = new Peer(address);
  await peer.until(({ heard }) => heard.endsWith(GREETED));
  peer.socket.write("pid\n");
  await peer.until(({ heard }) => heard.endsWith(`${GREETED}SUCCESS: pid=7\r\n`));
});

test("Bytes that are no UTF-8 come back as they went", async () => {
  const { address } = await served();
  const peer = new Peer(address);
  peer.socket.write(Buffer.from("signal \xff\xc3\xab\n", "latin1"));
  expect(await peer.until(({ heard }) => heard.includes("ERROR"))).toContain("signal '\xff\xc3\xab' is not");
});

test("A second controller on the socket waits for the first to go", async () => {
  const { address } = await served();
  const first = new Peer(address);
  await first.until(({ heard }) => heard.endsWith(GREETED));
  const second = new Peer(address);
  second.socket.write("pid\n");
  first.socket.write("hold\n");
  await first.until(({ heard }) => heard.endsWith("SUCCESS: hold=1\r\n"));
  expect(second.heard).toBe("");
  first.socket.end();
  await second.until(({ heard }) => heard.endsWith(`${GREETED}SUCCESS: pid=7\r\n`));
});

test("quit ends the connection", async () => {
  const { address } = await served();
  const peer = new Peer(address);
  peer.socket.write("quit\n");
  expect(await peer.until(({ ended }) => ended)).toMatch(GREETED);
});

test("Who sends a command and closes its half gets the answer, and then the end", async () => {
  const { address } = await served();
  const peer = new Peer({ ...address, allowHalfOpen: true });
  peer.socket.end("pid\n");
  expect(await peer.until(({ ended }) => ended)).toMatch(/SUCCESS: pid=7\r\n$/);
});

test("The last words of a client that ends arrive before the end of the connection", async () => {
  const { address, daemon } = await served();
  const peer = new Peer(address);
  peer.socket.write("state on\nhold release\n");
  await peer.until(({ heard }) => heard.includes("SUCCESS: hold release"));
  daemon.slot.say(">STATE:1,EXITING,SIGTERM,,,,,");
  daemon.exit(0);
  expect(await peer.until(({ ended }) => ended)).toMatch(/EXITING,SIGTERM,,,,,\r\n$/);
});

test("It listens on TCP, too, and says so only once it does", async () => {
  const { daemon } = world();
  const server = await listen(daemon.slot, { host: "127.0.0.1", port: 0 });
  undo.push(() => server.close());
  const address = server.address();
  const { port } = typeof address === "object" && address ? address : { port: 0 };
  const peer = new Peer({ host: "127.0.0.1", port });
  peer.socket.on("connect", () => peer.socket.destroy());
  await peer.until(({ ended }) => ended);
  expect(port).toBeGreaterThan(0);
});

test("An address that cannot be had is an error", async () => {
  const { daemon } = world();
  await expect(listen(daemon.slot, { path: join(folder, "missing", "management") })).rejects.toThrow(
    /ENOENT|EACCES|Failed to listen/,
  );
});
