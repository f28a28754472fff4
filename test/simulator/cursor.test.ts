import fc from "fast-check";
import { expect, test } from "vitest";
import { Cursor } from "../../src/simulator/cursor.ts";
import { Cursor as Model } from "../support/cursor.ts";

const entry = (
  n: number,
  disabled = false,
): { host: string; port: number; proto: string; disabled: boolean } => ({
  host: `192.0.2.${n}`,
  port: 1194,
  proto: "udp",
  disabled,
});

test("The list begins with its first entry and goes round", () => {
  const cursor = new Cursor([entry(1), entry(2)]);
  const hosts = [1, 2, 3].map(() => {
    cursor.begin(false);
    return cursor.next()?.host;
  });
  expect(hosts).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.1"]);
});

test("Disabled entries are passed over, but count when several are skipped", () => {
  const cursor = new Cursor([entry(1), entry(2, true), entry(3), entry(4)]);
  expect(cursor.next()?.host).toBe("192.0.2.1");
  cursor.skip(2);
  expect(cursor.next()?.host).toBe("192.0.2.3");
  cursor.skip(2);
  expect(cursor.next()?.host).toBe("192.0.2.1");
  cursor.skip(1);
  expect(cursor.next()?.host).toBe("192.0.2.3");
});

test("Every step counts as unsuccessful, entries that are skipped at once as so many", () => {
  const cursor = new Cursor([entry(1), entry(2), entry(3), entry(4)]);
  cursor.next();
  cursor.skip(3);
  cursor.next();
  cursor.begin(true);
  cursor.next();
  expect(cursor.unsuccessful).toBe(4);
  cursor.reset();
  expect(cursor.unsuccessful).toBe(0);
});

test("To pass the end of the list twice in one search is fatal, also with no entry to be had", () => {
  const cursor = new Cursor([entry(1), entry(2)]);
  const asked = [1, 2, 3, 4, 5].map(() => cursor.next()?.host);
  expect(asked).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2", undefined]);
  expect(new Cursor([entry(1, true)]).next()).toBeUndefined();
  expect(new Cursor([]).next()).toBeUndefined();
});

const story = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("skip" as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ kind: fc.constantFrom("failed" as const, "lost" as const, "reread" as const) }),
  ),
  { maxLength: 20 },
);

test("Whatever is skipped, fails, is lost or read again: the entry asked is that of OpenVPN's own loop", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), story, (disabled, steps) => {
      const entries = disabled.map((off, i) => entry(i, off));
      const cursor = new Cursor(entries);
      const model = new Model(entries.map((one) => ({ ...one, proto: "udp", enabled: !one.disabled })));
      let [expected, asked] = [model.ask()?.host, cursor.next()?.host];
      for (const step of steps) {
        expect(asked).toBe(expected);
        if (expected === undefined) return;
        if (step.kind === "skip") {
          model.answer(step);
          cursor.skip(step.count);
          [expected, asked] = [model.asked?.host, cursor.next()?.host];
          continue;
        }
        if (step.kind === "reread") {
          model.reread();
          cursor.reset();
        } else {
          model.answer({ kind: "accept" });
          if (step.kind === "lost") {
            model.connected();
            model.lost();
          }
          model.failed();
        }
        cursor.begin(step.kind === "lost");
        [expected, asked] = [model.ask()?.host, cursor.next()?.host];
      }
      expect(asked).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
