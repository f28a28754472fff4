import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import { type ArgumentKind, COMMANDS } from "../../src/protocol/commands.ts";
import { command } from "../../src/protocol/constructors.ts";
import { encode, EncodeError } from "../../src/protocol/encoder.ts";
import { Secret } from "../../src/util/secret.ts";
import { readLines, readParameters } from "../support/lexer.ts";
import { attempts, NASTY, sample } from "../support/nasty.ts";

const utf8 = new TextEncoder();

/** What goes out; undefined when it is refused. Any other error is a fault. */
function wire(sent: Command): string | undefined {
  try {
    return encode(sent);
  } catch (error) {
    if (error instanceof EncodeError) return undefined;
    throw error;
  }
}

/** Refused (false), or OpenVPN sees this one command with just these arguments and lines. */
function arrives(sent: Command): boolean {
  const bytes = wire(sent);
  if (bytes === undefined) return false;
  const [line = new Uint8Array(), ...rest] = readLines(utf8.encode(bytes));
  const clear = (values: readonly (string | Secret)[]): string[] =>
    values.map((value) => (value instanceof Secret ? value.reveal() : value));
  expect(readParameters(line)).toEqual([sent.name, ...clear(sent.args)]);
  expect(rest.map((each) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(each))).toEqual(
    sent.body ? [...clear(sent.body), "END"] : [],
  );
  expect(bytes.split("\n")).toHaveLength(rest.length + 2);
  return true;
}

test("every nasty text in every place of every command is refused, or arrives as it is", () => {
  const all = attempts();
  expect(all.length).toBeGreaterThan(10_000);
  const accepted = all.filter(arrives);
  expect(accepted.length).toBeGreaterThan(1000);
  expect(all.length - accepted.length).toBeGreaterThan(5000);
});

test("a text that ends a line, or is longer than a parameter, is accepted nowhere", () => {
  // oxlint-disable-next-line no-control-regex -- these are just what must not pass
  const broken = NASTY.filter((text) => /[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed());
  expect(broken.length).toBeGreaterThan(20);
  expect(attempts(broken).filter((sent) => wire(sent) !== undefined)).toEqual([]);
  const long = NASTY.filter((text) => utf8.encode(text).length > 1023);
  expect(long.length).toBeGreaterThan(20);
  expect(attempts(long).filter((sent) => wire(sent) !== undefined)).toEqual([]);
});

/** The functions that take a text, a word or lines, each with the text in each place. */
const PLACES: readonly ((text: string) => Command)[] = [
  (text) => command.username(text, "x"),
  (text) => command.username("Auth", text),
  (text) => command.password(text, "x"),
  (text) => command.password("Auth", new Secret(text)),
  (text) => command.passwordMultiline(text, "x"),
  (text) => command.passwordMultiline("Auth", text),
  (text) => command.needok(text, "ok"),
  (text) => command.needstr(text, "x"),
  (text) => command.needstr("x", text),
  (text) => command.crResponse(text),
  (text) => command.certificate([text]),
  (text) => command.pkSig(["x", text]),
  (text) => command.rsaSig([text, "x"]),
  (text) => command.remote.mod(text, 1),
  (text) => command.proxy.http(text, 1, "nct"),
  (text) => command.proxy.socks(text, 1),
  (text) => command.httpProxyFallback(text, 1, "x"),
  (text) => command.httpProxyFallback("h", 1, text),
  (text) => command.clientAuth(0, 1, [text, text]),
  (text) => command.clientPf(0, [text]),
  (text) => command.clientDeny(0, 1, text),
  (text) => command.clientDeny(0, 1, "x", text),
  (text) => command.clientKill(0, { message: text }),
  (text) => command.clientKill(0, { halt: text }),
  (text) => command.clientKill(0, { restart: { text, next: true } }),
  (text) => command.clientPendingAuth(0, text),
  (text) => command.clientPendingAuth(0, text, 1),
  (text) => command.clientPendingAuth(0, 1, text, 1),
  (text) => command.kill.commonName(text),
  (text) => command.kill.address(text, 1),
  (text) => command.kill.transport("tcp", text, 1),
  (text) => command.pushUpdate.broadcast(text),
  (text) => command.pushUpdate.client(0, text),
];

/** As `arrives`, of a function that may refuse the text itself. */
function given(place: (text: string) => Command, text: string): boolean {
  let made: Command;
  try {
    made = place(text);
  } catch (error) {
    if (error instanceof EncodeError) return false;
    throw error;
  }
  return arrives(made);
}

test("every nasty text given to every function is refused, or arrives as it is", () => {
  const accepted = PLACES.map((place) => NASTY.filter((text) => given(place, text)).length);
  // Hosts and addresses take almost none, a block takes what is no longer than a line.
  expect(accepted.every((count) => count < NASTY.length)).toBe(true);
  expect(accepted.filter((count) => count > 40).length).toBeGreaterThan(20);
});

test("a nasty password in lines arrives with every letter: in base64", () => {
  for (const text of NASTY.filter((each) => each.isWellFormed())) {
    const lines = encode(command.passwordMultiline("Auth", text)).split("\n").slice(1, -2);
    expect(Buffer.from(lines.join(""), "base64").toString()).toBe(text);
  }
});

const SEED = { seed: 20261124 };
const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 260 }),
  fc
    .array(fc.constantFrom('"', "\\", "'", " ", "#", ";", "\n", "x", "ü"), { maxLength: 12 })
    .map((all) => all.join("")),
);
const argument = (kind: ArgumentKind): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(sample(kind)) }, { weight: 1, arbitrary: nasty });
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  ...COMMANDS.flatMap(({ name, forms }) =>
    forms.map((form) =>
      fc.record({
        name: fc.constant(name),
        args: fc.tuple(...form.args.map(argument)).map((args) => [...args]),
        ...(form.body ? { body: fc.array(nasty, { maxLength: 4 }) } : {}),
      }),
    ),
  ),
);

test("random arguments in every place: refused, or read back as they were", () => {
  fc.assert(
    fc.property(anyCommand, (sent) => void arrives(sent)),
    { ...SEED, numRuns: 5000 },
  );
});

test("several commands in one write stay as many", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 10 }), (sent) => {
      const accepted = sent.filter((each) => wire(each) !== undefined);
      const lines = readLines(utf8.encode(accepted.map(encode).join("")));
      const expected = accepted.reduce((sum, { body }) => sum + 1 + (body ? body.length + 1 : 0), 0);
      expect(lines).toHaveLength(expected);
    }),
    { ...SEED, numRuns: 500 },
  );
});
