import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Folder, ROOT } from "./support.ts";

test("A reader that is late gets all of the output: the process does not end before", () => {
  using folder = new Folder();
  const said = [
    ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n",
    ...Array.from({ length: 3000 }, (_, i) => `>STATE:${1795507200 + i},WAIT,,,,,,\r\n`),
  ];
  const lines = said.map((text, t) =>
    JSON.stringify({ t, dir: "S", who: "", b64: Buffer.from(text).toString("base64") }),
  );
  const recording = folder.write("a.jsonl", lines.join("\n"));
  const rulebook = folder.write(
    "r.yaml",
    "version: 1\nrules: [ { id: a, on: STATE, do: [ { notify: x } ] } ]\n",
  );
  const flags = process.versions["bun"] ? "--no-install" : "";
  // Late enough for a process that does not wait to be gone.
  const command = '"$0" $1 "$2" replay "$3" "$4" --json | { head -c 1; sleep 0.5; cat; }';
  const { stdout } = spawnSync(
    "sh",
    ["-c", command, process.execPath, flags, join(ROOT, "src/main.ts"), recording, rulebook],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 24 },
  );
  expect(stdout.trim().split("\n")).toHaveLength(3000);
});
