import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PAGE, rowOf, tables } from "../.ci/protocol.ts";
import { COMMAND_ROWS } from "../.ci/protocol-commands.ts";
import { NOTIFICATION_ROWS } from "../.ci/protocol-notifications.ts";
import { rewritten } from "../.ci/reference.ts";
import { COMMANDS, usage } from "../src/protocol/commands.ts";
import { command } from "../src/protocol/constructors.ts";
import { Decoder } from "../src/protocol/decoder.ts";
import { formOf } from "../src/protocol/forms.ts";
import { NOTIFICATIONS } from "../src/rules/vocabulary/notifications.ts";
import { sessionsOf, TRANSCRIPTS } from "./support/transcripts.ts";

const page = readFileSync(PAGE, "utf8");

test("the tables of the page are those of the code", () => {
  expect(rewritten(page, tables())).toBe(page);
});

/** What the page should have a row for and has none. */
function missing(text: string): string[] {
  const first = new Set(
    [...text.matchAll(/^\| `([^`]+)` /gm)].map((match) => match[1]?.replaceAll("\\|", "|")),
  );
  const wanted = [
    ...COMMANDS.flatMap((spec) => spec.forms.map((form) => usage(spec, form))),
    ...Object.keys(NOTIFICATIONS),
  ];
  return wanted.filter((each) => !first.has(each));
}

test("every form of every command and every notification has its row, and a row that is gone is missed", () => {
  expect(missing(page)).toEqual([]);
  const lines = page.split("\n");
  const rows = lines.filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(80);
  const made = tables();
  for (const row of rows) {
    const without = lines.filter((line) => line !== row).join("\n");
    expect(missing(without), row).toHaveLength(1);
    expect(rewritten(without, made)).toBe(page);
  }
});

test("every row is of a form, and no form has two", () => {
  const forms = COMMAND_ROWS.map((row) => formOf(row.form));
  expect(forms.includes(undefined)).toBe(false);
  expect(new Set(forms).size).toBe(COMMAND_ROWS.length);
  expect(COMMANDS.flatMap(({ forms: all }) => all.map(rowOf))).toHaveLength(COMMAND_ROWS.length);
});

/** The functions in an object, by their paths. */
function functionsIn(object: object, path = ""): string[] {
  return Object.entries(object).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === "function") return [path + name];
    return typeof value === "object" && value !== null ? functionsIn(value, `${path}${name}.`) : [];
  });
}

test("the functions of the page are those that there are", () => {
  const told = COMMAND_ROWS.flatMap(({ calls }) => calls.map((call) => call.slice(0, call.indexOf("("))));
  expect([...new Set(told)].toSorted()).toEqual(functionsIn(command).toSorted());
});

test("the types of notifications are those of the sources, and the events of rules", () => {
  const types = NOTIFICATION_ROWS.map(({ type }) => type).toSorted();
  const source = readFileSync(join(import.meta.dirname, "../src/protocol/notification.ts"), "utf8");
  const literals = [...source.matchAll(/readonly type: ((?:"[^"]+"(?: \| )?)+)/g)].flatMap(([, union = ""]) =>
    [...union.matchAll(/"([^"]+)"/g)].map(([, type = ""]) => type),
  );
  expect(types).toEqual([...new Set(literals)].toSorted());
  expect(types).toEqual(Object.keys(NOTIFICATIONS).toSorted());
});

test("every recorded notification is of the row that it looks like", () => {
  const read: (string | undefined)[] = [];
  const decoder = new Decoder({
    notification: ({ type }) => read.push(type),
    reply: () => read.push(undefined),
    oddity: () => undefined,
  });
  const said = TRANSCRIPTS.flatMap(sessionsOf).flatMap(({ steps }) =>
    Buffer.concat(steps.flatMap((step) => ("bytes" in step ? [step.bytes] : [])))
      .toString()
      .split("\r\n"),
  );
  const heads = new Set(said.filter((line) => /^>(?!(CLIENT|UPDOWN):ENV,|PKCS11ID-)/.test(line)));
  expect(heads.size).toBeGreaterThan(500);
  for (const line of heads) {
    const rows = NOTIFICATION_ROWS.filter((row) => row.line.test(line));
    expect(
      rows.map(({ type }) => type),
      line,
    ).toHaveLength(1);
    decoder.line(line);
    // The end of a block, for those that have one.
    if (read.length === 0) decoder.line(line.startsWith(">UPDOWN") ? ">UPDOWN:ENV,END" : ">CLIENT:ENV,END");
    // A common name in `status 1` forged this one.
    const forged = line.startsWith(">BYTECOUNT_CLI:9,1,2,");
    expect(read.splice(0), line).toEqual([forged ? "OTHER" : rows[0]?.type]);
  }
});
