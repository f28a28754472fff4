import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { command } from "../../src/protocol/constructors.ts";
import { encode, EncodeError } from "../../src/protocol/encoder.ts";
import { ReplyQueue } from "../../src/protocol/replies.ts";
import { lex } from "../../src/protocol/lexer.ts";
import { Secret } from "../../src/util/secret.ts";
import { Lab } from "../support/lab.ts";
import { READ, readLines, readParameters } from "../support/lexer.ts";
import { attempts, NASTY } from "../support/nasty.ts";
import { Raw } from "../support/raw.ts";

let lab: Lab;
afterEach(() => lab.close());

/** A client in its first hold. */
async function held(): Promise<Raw> {
  lab = Lab.create();
  return Raw.connect(lab.client({ remotes: ["127.0.0.1 1 udp"] }).management);
}

function wire(sent: Command): string | undefined {
  try {
    return encode(sent);
  } catch (error) {
    if (error instanceof EncodeError) return undefined;
    throw error;
  }
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** What OpenVPN should say to a line, by the model of its lexer that the encoder's tests rest on. */
const ERRORS: Readonly<Record<string, string>> = {
  'No closing "': 'ERROR: Options error: No closing quotation (") in TCP:0',
  "No closing '": "ERROR: Options error: No closing single quotation (') in TCP:0",
  "Residual parse state": "ERROR: Options error: Residual parse state (2) in TCP:0",
  "Bad backslash": "ERROR: Options warning: Bad backslash ('\\') usage in TCP:0: ",
  "Parameter is too long": "ERROR: Options error: Parameter at TCP:0 is too long (256 chars max): ",
};

function expected(line: Uint8Array): string[] {
  const read = readParameters(line);
  if (!Array.isArray(read)) return [ERRORS[read.error] ?? read.error];
  return answered(read);
}

/** The same by the simulator's lexer, which takes one character for a byte. */
function simulated(line: Uint8Array): string[] {
  const lexed = lex(Buffer.from(line).toString("latin1"));
  const text = (latin1: string): string => utf8(Buffer.from(latin1, "latin1"));
  return "error" in lexed ? [text(`ERROR: ${lexed.error}`)] : answered(lexed.words.map(text));
}

function answered([name, argument]: readonly string[]): string[] {
  if (name === undefined) return [];
  if (name !== "signal") return ["ERROR: unknown command, enter 'help' for more options"];
  if (argument === undefined) return ["ERROR: the 'signal' command requires 1 parameter"];
  return [`ERROR: signal '${argument}' is not a known signal type`];
}

/** Bytes that the lexer has an opinion about, and none that makes up a command. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['"', "'", "\\", " ", "#", ";", '\\"', "\\\\", "\\ ", '""', "''", "  "].map((text) =>
      Buffer.from(text),
    ),
  ),
  fc.constantFrom(...["ab", "c", "ü", "🦊", "END"].map((text) => Buffer.from(text))),
  fc.constantFrom(0, 9, 13, 27, 127, 128, 133, 160, 195, 255).map((byte) => Buffer.from([byte])),
);
const lineOf = (pieces: fc.Arbitrary<Buffer[]>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom("signal ", "signal", " signal  ", '"signal" ', "signal\t ", ""), pieces)
    .map(([head, rest]) => Buffer.concat([Buffer.from(head), ...rest, Buffer.from("\n")]));
const short = lineOf(fc.array(piece, { maxLength: 12 }));
const quoted = lineOf(
  fc
    .tuple(
      fc.constantFrom('"', "'", ""),
      fc.integer({ min: 250, max: 260 }),
      fc.constantFrom("a", "ü", '\\"'),
    )
    .map(([quote, length, unit]) => [
      Buffer.from(`${quote}${unit.repeat(length)}`.slice(0, length + 1) + quote),
    ]),
);
/** Up to the end of OpenVPN's buffer, at it, behind it, and behind it twice. */
const long = lineOf(
  fc
    .tuple(fc.constantFrom(1000, 1010, 1016, 2040, 3070), fc.nat(30), fc.constantFrom("a ", "abc d", "ü "))
    .map(([base, more, unit]) => [Buffer.from(unit.repeat(base)).subarray(0, base + more)]),
);

/** Pieces that are written at once and read from their beginning, 256 bytes at a time. */
function batches(lines: readonly Buffer[]): Buffer[] {
  const all: Buffer[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    if (last && last.length + line.length < 8000) all[all.length - 1] = Buffer.concat([last, line]);
    else all.push(line);
  }
  return all;
}

test("the models of the lexer read thousands of lines as OpenVPN does", async () => {
  const raw = await held();
  const every = fc.oneof(
    { weight: 8, arbitrary: short },
    { weight: 1, arbitrary: quoted },
    { weight: 1, arbitrary: long },
  );
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  // Blanks behind each batch: what an overflow takes with it is not the question for the pid.
  const blanks = Buffer.from(`\n${" ".repeat(300)}\n`);
  const sent = batches(fc.sample(every, { numRuns: 6000, seed })).map((batch) =>
    Buffer.concat([batch, blanks]),
  );
  let answers = 0;
  for (const batch of sent) {
    const got = (await raw.ask(batch)).filter((line) => !line.startsWith(">"));
    const lines = readLines(Buffer.concat([batch, Buffer.from("pid\n")]), READ).slice(0, -1);
    const wanted = lines.flatMap((line) => expected(line).map((text) => ({ text, line: utf8(line) })));
    const wrong = wanted.findIndex(({ text }, i) => !got[i]?.startsWith(text));
    if (wrong >= 0)
      throw new Error(
        `SEED=${seed}: '${got[wrong]}', not '${wanted[wrong]?.text}', to '${wanted[wrong]?.line}'`,
      );
    expect(got).toHaveLength(wanted.length);
    expect(lines.flatMap(simulated)).toEqual(got);
    answers += got.length;
  }
  expect(answers).toBeGreaterThan(4000);
});

test("wherever OpenVPN's reads end, the longest lines lose nothing and run nothing of what is behind them", async () => {
  const raw = await held();
  await raw.ask("log on\n");
  const block = command.clientAuth(0, 1, ["x".repeat(1023), "y".repeat(768), "z".repeat(769)]);
  const quotes = command.needstr('"'.repeat(256), `${'"'.repeat(240)}`);
  const behind = command.needstr("x", "; verb 3 ; pid # verb 4");
  for (let ahead = 0; ahead < READ; ahead++) {
    const sent = encode(block) + encode(quotes) + encode(behind).repeat(20);
    const lines = await raw.ask(`${" ".repeat(ahead)}\n${sent}`);
    const replies = lines.filter((line) => !line.startsWith(">LOG:"));
    expect(replies).toEqual([
      "ERROR: The 'client-auth' command is not supported by the current daemon mode",
      ...Array.from({ length: 21 }, () => "ERROR: no needstr-string is currently needed at this time"),
    ]);
    const logged = lines.flatMap((line) => /MANAGEMENT: CMD '(.*)'$/s.exec(line)?.[1] ?? []);
    expect(logged.slice(1)).toEqual([
      "client-auth 0 1",
      ...`${encode(quotes)}${encode(behind).repeat(20)}pid`.replaceAll("\r", "").split("\n"),
    ]);
  }
});

/** What would end or silence the daemon, or whose lines run as commands in a hold: refused by `refusal`, or meant to do so. */
const NOT_HERE =
  /^(exit|quit|pkcs11-.*|signal|log|test|verb|mute|certificate|pk-sig|rsa-sig|client-pf|load-stats)$/;

test("what the encoder lets through is one command for OpenVPN, and each reply is the command's own", async () => {
  const raw = await held();
  const accepted = attempts().flatMap((sent) => {
    const bytes = wire(sent);
    const runs = sent.name === "password" && sent.body !== undefined;
    const skip = NOT_HERE.test(sent.name) || runs || sent.args[0] === "release";
    return bytes === undefined || skip ? [] : [{ sent, bytes }];
  });
  expect(accepted.length).toBeGreaterThan(1000);
  await raw.ask("log on\n");
  const lines = await raw.ask(accepted.map(({ bytes }) => bytes).join(""));
  const logged = lines.flatMap((line) => /^>LOG:\d+,D,MANAGEMENT: CMD '(.*)'$/s.exec(line)?.[1] ?? []);
  const written = accepted.map(({ sent, bytes }) =>
    sent.name === "password" ? "password [...]" : bytes.slice(0, bytes.indexOf("\n")),
  );
  expect(logged).toEqual([...written, "pid"]);

  const oddities: string[] = [];
  const outcomes: Outcome[] = [];
  const queue = new ReplyQueue((text) => oddities.push(text));
  queue.know({ version: "2.6.14" });
  for (const { sent } of accepted) queue.expect(sent, (outcome) => outcomes.push(outcome));
  for (const line of lines) if (!line.startsWith(">")) queue.take(line);
  expect([oddities, queue.size, outcomes.length]).toEqual([[], 0, accepted.length]);
});

test("a text arrives as it was given: OpenVPN repeats the type of an answer that it did not ask for", async () => {
  lab = Lab.create();
  const { management } = lab.client({
    remotes: ["127.0.0.1 1 udp"],
    asks: false,
    extra: ["--auth-user-pass", "--management-query-passwords"],
  });
  const raw = await Raw.connect(management);
  await raw.sees(/^>PASSWORD:Need 'Auth'/);
  const texts = NASTY.filter((text) => wire(command.username(text, "x")) !== undefined);
  expect(texts.length).toBeGreaterThan(60);
  for (const [word, make] of [
    ["username", (text: string) => command.username(text, "x")],
    ["password", (text: string) => command.password(text, "x")],
  ] as const)
    expect(await raw.ask(texts.map((text) => encode(make(text))).join(""))).toEqual(
      texts.map((text) => `ERROR: ${word} of type '${text}' entered, but we need one of type 'Auth'`),
    );
});

test("names, passwords, reasons and messages arrive at the other end as they were given", async () => {
  lab = Lab.create();
  const port = 28001;
  const socket = lab.path("server.sock");
  await lab.server({
    port,
    proto: "tcp",
    extra: ["--management", socket, "unix", "--management-client-auth"],
  });
  const server = await Raw.connect(socket);
  const names = NASTY.filter((text) => wire({ name: "kill", args: [text] }) !== undefined);
  expect(names.length).toBeGreaterThan(30);
  expect(await server.ask(names.map((name) => encode({ name: "kill", args: [name] })).join(""))).toEqual(
    names.map((name) => `ERROR: common name '${name}' not found`),
  );

  const { management } = lab.client({
    remotes: [`127.0.0.1 ${port} tcp-client`],
    asks: false,
    extra: ["--auth-user-pass", "--management-query-passwords", "--auth-retry", "interact"],
  });
  const client = await Raw.connect(management);
  await server.ask("log on\n");
  const texts = [`a"b\\c;d#e'f,g  ü🦊 END`, '\\\\"" \\\' pid ; pid # pid', `${"x".repeat(120)}ü"\\ END`];
  for (const [cid, text] of texts.entries()) {
    await client.sees(
      /^>PASSWORD:Need 'Auth'/,
      client.lines.findLastIndex((line) => line.includes("Verification")) + 1,
    );
    client.write(
      encode(command.username("Auth", "alice")) + encode(command.password("Auth", new Secret(text))),
    );
    const connect = await server.sees(new RegExp(`^>CLIENT:CONNECT,${cid},`));
    const kid = Number(connect.split(",")[2]);
    const from = server.lines.indexOf(connect);
    await server.sees(/^>CLIENT:ENV,END$/, from);
    expect(server.lines.slice(from)).toContain(`>CLIENT:ENV,password=${text}`);
    server.write(encode(command.clientDeny(cid, kid, text, text)));
    await server.sees(/^SUCCESS: client-deny command succeeded/, from);
    const rejected = server.lines.find((line, i) => i > from && line.includes("connection rejected"));
    expect(rejected).toContain(`MULTI: connection rejected: ${text}, CLI:${text}`);
    expect(await client.sees(/^>PASSWORD:Verification Failed/, client.lines.length - 1)).toBe(
      `>PASSWORD:Verification Failed: 'Auth' ['${text}']`,
    );
  }
});
