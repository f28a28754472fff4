import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { readRecording } from "../../src/recording/read.ts";
import { heard } from "../recording/support.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

test("A failover is recorded, pairs every reply, and is decided in its replay as it was live", async () => {
  lab = Lab.create();
  await lab.server({ port: 25202, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 25201 tcp-client", "127.0.0.1 25202 tcp-client"] });
  const recording = lab.path("failover.jsonl");
  const engine = lab.engine([
    ...["rules/failover.yaml", "--management", `unix:${client.management}`],
    ...["--record", recording],
  ]);
  await engine.connected(25202);
  await engine.process.stop("SIGTERM");
  const [connection] = readRecording(readFileSync(recording, "utf8"), recording).connections;
  if (!connection) throw new Error("Nothing was recorded");
  const { oddities, replies } = heard(connection);
  expect({ oddities, end: connection.end?.by }).toEqual({ oddities: [], end: "controller" });
  expect(replies.filter(({ outcome }) => !outcome.ok && outcome.error === "lost")).toEqual([]);

  const { stdout } = spawnSync(
    process.execPath,
    ["--no-install", "src/main.ts", "replay", recording, "rules/failover.yaml", "--json"],
    { encoding: "utf8" },
  );
  const replayed = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; answer?: string; rule?: string });
  const gist = (lines: readonly { kind: string; [key: string]: unknown }[]): unknown[] =>
    lines.filter(({ kind }) => kind === "decision").map(({ answer, rule }) => [rule, answer]);
  expect(gist(replayed)).toEqual(gist(engine.journal()));
  expect(gist(replayed).length).toBeGreaterThan(2);
});
