import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Redactor, Secret } from "../../src/util/secret.ts";

const secret = new Secret("open sesame");

test("a secret is printed as <redacted>, whichever way it becomes text", () => {
  expect([String(secret), [secret].join(), JSON.stringify({ secret })]).toEqual([
    "<redacted>",
    "<redacted>",
    '{"secret":"<redacted>"}',
  ]);
  expect(inspect({ deep: [secret] })).toBe("{ deep: [ <redacted> ] }");
  expect(JSON.stringify(Object.entries(secret))).toBe("[]");
});

test("the clear text is there for who asks for it by name", () => {
  expect(secret.reveal()).toBe("open sesame");
});

test("a redactor masks every place of every secret", () => {
  const redactor = new Redactor();
  redactor.add(secret);
  redactor.add(new Secret("$&.*("));
  expect(redactor.mask("open sesame! $&.*( open sesameopen sesame")).toBe(
    "<redacted>! <redacted> <redacted><redacted>",
  );
});

test("short secrets do not mask ordinary words", () => {
  const redactor = new Redactor();
  redactor.add(new Secret("on"));
  redactor.add(new Secret(""));
  expect(redactor.mask("connection")).toBe("connection");
});

test("a secret that holds another one is masked whole, in whatever order they were added", () => {
  for (const values of [
    ["hunter2", "hunter2-and-more"],
    ["hunter2-and-more", "hunter2"],
  ]) {
    const redactor = new Redactor();
    for (const value of values) redactor.add(new Secret(value));
    expect(redactor.mask("it is hunter2-and-more, not hunter2")).toBe("it is <redacted>, not <redacted>");
  }
});

test("a secret is masked in JSON too, where its quotes and backslashes are escaped", () => {
  const redactor = new Redactor();
  redactor.add(new Secret('pass"word\\1'));
  const masked = redactor.mask(JSON.stringify({ text: 'it is pass"word\\1' }));
  expect(JSON.parse(masked)).toEqual({ text: "it is <redacted>" });
});
