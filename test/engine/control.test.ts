import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Handlers, serveControl } from "../../src/engine/control.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-control-"));
  path = join(folder, "control.sock");
});

afterEach(() => rmSync(folder, { recursive: true }));

const HANDLERS: Handlers = {
  echo: (request) => (request as { text: string }).text,
  fail: () => {
    throw new Error("no such group");
  },
};

/** Writes the text and gives the lines that come back, so many, or all until the engine hangs up. */
function say(text: string, lines = Number.POSITIVE_INFINITY): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path });
    let heard = "";
    const told = (): string[] => heard.split("\n").slice(0, -1);
    const end = (): void => {
      socket.destroy();
      resolve(told());
    };
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(text));
    socket.on("data", (chunk) => {
      heard += String(chunk);
      if (told().length >= lines) end();
    });
    socket.on("close", end);
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNREFUSED" ? reject(error) : end(),
    );
  });
}

test("Each line is answered by a line, also when many come at once", async () => {
  const control = await serveControl(path, HANDLERS);
  expect(await say('{"verb":"echo","text":"ä"}\n{"verb":"fail"}\n{"verb":"nope"}\n', 3)).toEqual([
    '{"result":"ä"}',
    '{"error":"no such group"}',
    `{"error":"Unknown request 'nope'"}`,
  ]);
  control.close();
});

test("What is no request gets an error, and never what every object has", async () => {
  const control = await serveControl(path, HANDLERS);
  for (const line of ["hello", "null", "[]", '"echo"', '{"verb":"toString"}', '{"verb":"__proto__"}', "{}"]) {
    const [reply = ""] = await say(`${line}\n`, 1);
    expect(JSON.parse(reply)).toEqual({ error: expect.any(String) });
  }
  control.close();
});

test("Who sends a line without end is let go", async () => {
  const control = await serveControl(path, HANDLERS);
  expect(await say("x".repeat(300_000))).toEqual([]);
  expect(await say('{"verb":"echo","text":"still here"}\n', 1)).toEqual(['{"result":"still here"}']);
  control.close();
});

test("The socket is its owner's alone, takes the place of one that was left behind, and goes with the engine", async () => {
  writeFileSync(path, "");
  const control = await serveControl(path, HANDLERS);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  control.close();
  expect(existsSync(path)).toBe(false);
});

test("A path that is too long for a socket is said before anything is tried", async () => {
  const long = join(folder, "x".repeat(100), "control.sock");
  await expect(serveControl(long, HANDLERS)).rejects.toThrow(/at most 107 bytes; choose a shorter --state/);
  await expect(serveControl(join(folder, "none", "control.sock"), HANDLERS)).rejects.toThrow(
    /^Cannot listen on .*: E/,
  );
});

test("What is answered passes through the mask", async () => {
  const control = await serveControl(path, HANDLERS, (reply) => ({ masked: reply }));
  expect(await say('{"verb":"echo","text":"a"}\n', 1)).toEqual(['{"masked":{"result":"a"}}']);
  control.close();
});
