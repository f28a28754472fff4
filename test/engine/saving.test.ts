import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServerWorld } from "./server-world.ts";

let directory: string;
let world: ServerWorld;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "saving-"))));
afterEach(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
});

const LINES = ["TITLE\tOpenVPN 2.6.14", "TIME\t2026\t1767600000"];

async function save(action: string, online = true): Promise<void> {
  world = await ServerWorld.open(`rules: [ { id: act, on: my.go, do: [ ${action}, { notify: done } ] } ]`, {
    online,
  });
  world.server().answers = (command) =>
    command === "status 3" || command === "log all" ? { ok: true, text: "", lines: LINES } : undefined;
  await world.emit("my.go");
  for (let i = 0; i < 200 && world.of("action").length < 2 && world.failures.length === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

test("status and log are saved as OpenVPN gives them, for the user alone; a file that is there keeps its mode", async () => {
  const path = join(directory, "status.txt");
  await save(`{ status: { to: "${path}" } }`);
  expect(readFileSync(path, "utf8")).toBe(`${LINES.join("\n")}\nEND\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(world.notices).toEqual(["done"]);
  await world.close();
  const log = join(directory, "log.txt");
  writeFileSync(log, "old");
  chmodSync(log, 0o644);
  await save(`{ log: { to: "${log}" } }`);
  expect(readFileSync(log, "utf8")).toBe(`${LINES.join("\n")}\n`);
  expect(statSync(log).mode & 0o777).toBe(0o644);
  expect(readdirSync(directory)).toEqual(["log.txt", "status.txt"]);
});

test("a directory is not made, and none is replaced; nothing is left behind", async () => {
  await save(`{ status: { to: "${directory}/no/status.txt" } }`);
  expect(world.failures).toEqual([
    `status failed: Cannot write ${directory}/no/status.txt: no such directory`,
  ]);
  await world.close();
  await save(`{ status: { to: "${directory}" } }`);
  expect(world.failures).toEqual([`status failed: Cannot write ${directory}: it is a directory`]);
  expect(readdirSync(directory)).toEqual([]);
});

test("tests of rulebooks write nothing", async () => {
  await save(`{ status: { to: "${directory}/status.txt" } }`, false);
  expect(world.notices).toEqual(["done"]);
  expect(existsSync(join(directory, "status.txt"))).toBe(false);
});
