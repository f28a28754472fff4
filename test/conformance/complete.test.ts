import { expect, test } from "vitest";
import { NOTIFICATION_ROWS } from "../../.ci/protocol-notifications.ts";
import { COMMANDS, usage } from "../../src/protocol/commands.ts";
import { formOf } from "../../src/protocol/forms.ts";
import { readParameters } from "../support/lexer.ts";
import { MODE_NAMES, MODES } from "./modes.ts";
import { ROWS } from "./rows.ts";
import { CASES } from "./suite.ts";

const ALL = CASES.flatMap(([, cases]) => cases);
/** What 2.6 has nothing of. */
const NOT_PROVOKED = ["OTHER"];

test("Every form of every command stands in the table of commands, or in a case of its own", () => {
  const sent = [
    ...ROWS.map(({ sends }) => sends),
    ...ALL.flatMap(({ covers = [] }) => covers.flatMap(([, ...each]) => each)),
  ];
  const forms = new Set(
    sent.flatMap((text) => {
      const [first = "", ...lines] = text.trimEnd().split("\n");
      const words = readParameters(Buffer.from(first));
      if (!Array.isArray(words)) return [];
      const [name = "", ...args] = words;
      return [undefined, lines].flatMap((body) => formOf({ name, args, ...(body ? { body } : {}) }) ?? []);
    }),
  );
  const missing = COMMANDS.flatMap((command) =>
    command.forms.filter((form) => !forms.has(form)).map((form) => usage(command, form)),
  );
  expect(missing).toEqual([]);
});

test("In every mode every row is said something about, or has a case of its own", () => {
  const covered = new Set(
    ALL.flatMap(({ covers = [] }) =>
      covers.flatMap(([mode, ...sends]) => sends.map((text) => `${mode}: ${text}`)),
    ),
  );
  const missing = MODE_NAMES.flatMap((mode) =>
    [
      ...ROWS.flatMap(({ sends, says }) => (says(MODES[mode]) ? [] : [sends.trimEnd()])),
      ...["exit", "quit"],
    ].map((text) => `${mode}: ${text}`),
  ).filter((each) => !covered.has(each));
  expect(missing).toEqual([]);
});

test("Every notification is provoked", () => {
  const provoked = new Set([...NOT_PROVOKED, ...ALL.flatMap(({ provokes = [] }) => provokes)]);
  expect(NOTIFICATION_ROWS.map(({ type }) => type).filter((type) => !provoked.has(type))).toEqual([]);
});
