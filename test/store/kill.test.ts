import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import { Child } from "./support.ts";

/** Writes without end; says each record's number once the call is back. */
const writer = (state: string): string => `
  const store = openStore(${JSON.stringify(state)});
  for (let n = Number(store.get("t", "last") ?? 0) + 1; ; n++) {
    store.put("acked", String(n), { n, text: "x".repeat(n % 3000) });
    store.transaction(() => {
      store.put("t", "first", n);
      store.put("t", "last", n);
    });
    say(n);
  }
`;

test("a process that is killed in the midst of writing loses nothing that it was told to be written", async () => {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-kill-"));
  const state = join(directory, "state");
  let acked = 0;
  for (let round = 0; round < 8; round++) {
    const child = new Child(directory, writer(state));
    await child.said(1 + round * 7);
    await child.kill();
    const before = acked;
    acked = Number(child.lines.at(-1));
    expect(acked).toBeGreaterThan(before);

    const store = openStore(state);
    const missing = Array.from({ length: acked }, (_, i) => i + 1).filter((n) => {
      const record = store.get("acked", String(n)) as { n: number; text: string } | undefined;
      return record?.n !== n || record.text.length !== n % 3000;
    });
    expect(missing).toEqual([]);
    expect(store.get("t", "first")).toBe(store.get("t", "last"));
    expect(store.get("t", "last")).toBeGreaterThanOrEqual(acked);
    store.close();
  }
  rmSync(directory, { recursive: true });
});
