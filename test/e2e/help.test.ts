import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { PAGE } from "../../.ci/protocol.ts";
import { COMMANDS, inVersion } from "../../src/protocol/commands.ts";
import { versionIn } from "../../src/protocol/versions.ts";
import { Lab } from "../support/lab.ts";
import { Raw } from "../support/raw.ts";

let lab: Lab;
afterEach(() => lab.close());

/** What OpenVPN knows and does not tell, and what only builds for Android know. */
const UNTOLD = ["network-change", "nclients"];

test("the page and the table of commands have all that real OpenVPN tells in its help, and nothing that it does not know", async () => {
  lab = Lab.create();
  const raw = await Raw.connect(lab.client({ remotes: ["127.0.0.1 1 udp"] }).management);
  const help = await raw.ask("help\n");
  const version = versionIn(help) ?? "";
  expect(version).toMatch(/^2\.\d/);
  const told = help.flatMap((line) => /^([a-z][a-z0-9|-]*)(?: .*?)?: /.exec(line)?.[1]?.split("|") ?? []);
  expect(told.length).toBeGreaterThan(35);

  const known = COMMANDS.filter((command) => command.forms.some((form) => inVersion(command, form, version)));
  expect([...new Set([...told, ...UNTOLD])].toSorted()).toEqual(known.map(({ name }) => name).toSorted());

  const page = readFileSync(PAGE, "utf8");
  const rows = new Set([...page.matchAll(/^\| `([a-z0-9-]+)/gm)].map(([, name]) => name));
  expect(told.filter((name) => !rows.has(name))).toEqual([]);

  for (const { name } of COMMANDS.filter(({ name }) => !/^(exit|quit|pkcs11-|network-change)/.test(name))) {
    const [reply = ""] = await raw.ask(`${name}\n`);
    const unknown = reply.startsWith("ERROR: unknown command");
    expect([name, unknown]).toEqual([name, !known.some((command) => command.name === name)]);
  }
});
