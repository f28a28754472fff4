import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LockedError, lockStateDirectory } from "../../src/store/lock.ts";
import { StoreError } from "../../src/store/sqlite.ts";
import { Child } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-lock-"));
afterAll(() => rmSync(directory, { recursive: true }));

const holder = (state: string): string => `
  const lock = lockStateDirectory(${JSON.stringify(state)});
  say("held");
  process.stdin.on("end", () => lock.release()).resume();
`;

test("a second process is refused while the first lives, and takes over when that one was killed", async () => {
  const state = join(directory, "killed");
  const child = new Child(directory, holder(state));
  await child.said(1);
  expect(() => lockStateDirectory(state)).toThrow(LockedError);
  expect(() => lockStateDirectory(state)).toThrow(`Another engine runs on the state directory ${state}`);
  await child.kill();
  lockStateDirectory(state).release();
});

test("a process is refused by one that holds the lock here, and a refusal leaves the lock held", async () => {
  const state = join(directory, "here");
  const lock = lockStateDirectory(state);
  expect(() => lockStateDirectory(state)).toThrow(LockedError);
  for (let i = 0; i < 2; i++) {
    const child = new Child(
      directory,
      `try { lockStateDirectory(${JSON.stringify(state)}); say("taken"); } catch (error) { say((error as Error).name); }`,
    );
    await child.ended();
    expect(child.lines).toEqual(["LockedError"]);
  }
  lock.release();
});

test("a lock that was released can be taken again, and other directories are free all the while", () => {
  const lock = lockStateDirectory(join(directory, "one"));
  lockStateDirectory(join(directory, "two")).release();
  lock.release();
  lockStateDirectory(join(directory, "one")).release();
});

test("a directory that cannot be used is no lock, whatever it is called", () => {
  const file = join(directory, "locked-and-busy");
  writeFileSync(file, "");
  expect(() => lockStateDirectory(join(file, "state"))).toThrow(StoreError);
  expect(() => lockStateDirectory(join(file, "state"))).toThrow(
    `Cannot use the state directory ${file}/state: `,
  );
});
