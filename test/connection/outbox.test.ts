import { expect, test } from "vitest";
import { Outbox } from "../../src/connection/outbox.ts";

function outbox(): { box: Outbox; written: string[] } {
  const written: string[] = [];
  return { box: new Outbox((text) => written.push(text)), written };
}

const long = (first: string): string => `${first}${"x".repeat(800)}\n`;

test("short lines go out at once, one behind the other", () => {
  const { box, written } = outbox();
  box.push("pid\n");
  box.push("state\n");
  expect(written).toEqual(["pid\n", "state\n"]);
});

test("nothing follows a long line until it has its reply; then the order is kept", () => {
  const { box, written } = outbox();
  const answered = box.push(long("a"));
  box.push("pid\n");
  const again = box.push(long("b"));
  box.push("state\n");
  expect(written).toEqual([long("a")]);
  answered();
  expect(written).toEqual([long("a"), "pid\n", long("b")]);
  again();
  expect(written).toEqual([long("a"), "pid\n", long("b"), "state\n"]);
});

test("bytes count, not characters", () => {
  const { box, written } = outbox();
  box.push(`${"ä".repeat(500)}\n`);
  box.push("pid\n");
  expect(written).toHaveLength(1);
});
