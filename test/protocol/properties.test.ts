import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import { Decoder } from "../../src/protocol/decoder.ts";
import { display, encode, parseDisplay } from "../../src/protocol/encoder.ts";
import { LineSplitter, PASSWORD_PROMPT, whole } from "../../src/protocol/lines.ts";
import type { Notification } from "../../src/protocol/notification.ts";
import { readLines, readParameters } from "../support/lexer.ts";

const utf8 = new TextEncoder();
const SEED = { seed: 20261123 };

/** Any text that the encoder takes: no controls, whole characters, few enough for a parameter. */
const unit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '"',
      "\\",
      "'",
      " ",
      "#",
      ";",
      "END",
      "\u0080",
      "\u2028",
      ">",
      "=",
      "<redacted>",
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 1 }) },
);
const text = fc
  .array(unit, { maxLength: 40 })
  // oxlint-disable-next-line no-control-regex -- these are just what the encoder refuses
  .map((units) => units.join("").replace(/[\u0000-\u001f\u007f]/g, ""))
  .filter((each) => utf8.encode(each).length <= 256);
const number = fc.nat().map(String);
const host = fc.oneof(
  fc.domain().filter((each) => each.length < 80),
  fc.ipV4(),
  fc.ipV6(),
);
const port = fc.integer({ min: 1, max: 65535 }).map(String);

const command: fc.Arbitrary<Command> = fc.oneof(
  ...["username", "password", "needstr"].map((name) =>
    fc.tuple(text, text).map((args): Command => ({ name, args })),
  ),
  ...["cr-response", "push-update-broad"].map((name) => text.map((arg): Command => ({ name, args: [arg] }))),
  fc.tuple(number, number, text, text).map((args): Command => ({ name: "client-deny", args })),
  fc.tuple(number, text).map((args): Command => ({ name: "client-kill", args })),
  fc.tuple(host, port).map((args): Command => ({ name: "remote", args: ["MOD", ...args] })),
  fc.tuple(host, port).map((args): Command => ({ name: "proxy", args: ["HTTP", ...args, "nct"] })),
);

const body = fc.array(
  text.filter((line) => line !== "END"),
  { maxLength: 5 },
);

test("OpenVPN reads back exactly the arguments that were encoded", () => {
  fc.assert(
    fc.property(command, (sent) => {
      const lines = readLines(utf8.encode(encode(sent)));
      expect(lines.map(readParameters)).toEqual([[sent.name, ...sent.args]]);
    }),
    SEED,
  );
});

test("OpenVPN reads back exactly the lines of a body, and END last", () => {
  fc.assert(
    fc.property(body, (lines) => {
      const sent = encode({ name: "client-auth", args: ["0", "1"], body: lines });
      const read = readLines(utf8.encode(sent)).map((line) => new TextDecoder().decode(line));
      expect(read).toEqual(["client-auth 0 1", ...lines, "END"]);
    }),
    SEED,
  );
});

test("whatever text is given, either it is refused or OpenVPN sees one command with just that text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "binary" }),
      (type, value) => {
        let wire: string;
        try {
          wire = encode({ name: "needstr", args: [type, value] });
        } catch {
          return;
        }
        expect(readLines(utf8.encode(wire)).map(readParameters)).toEqual([["needstr", type, value]]);
      },
    ),
    { ...SEED, numRuns: 500 },
  );
});

test("a command that is shown reads back as itself", () => {
  fc.assert(
    fc.property(command, fc.option(body, { nil: undefined }), (shown, lines) => {
      const whole: Command = lines ? { ...shown, body: lines } : shown;
      expect(parseDisplay(display(whole))).toEqual(whole);
    }),
    SEED,
  );
});

test("reading any text as a command never throws", () => {
  fc.assert(
    fc.property(
      fc.array(unit).map((units) => units.join("")),
      (shown) => {
        const read = parseDisplay(shown);
        if (read) expect(parseDisplay(display(read))).toEqual(read);
      },
    ),
    SEED,
  );
});

const fragment = fc.oneof(
  fc.uint8Array({ maxLength: 50 }),
  fc
    .constantFrom(
      ">CLIENT:CONNECT,0,1",
      ">CLIENT:ENV,a=b",
      ">CLIENT:ENV,END",
      ">UPDOWN:UP",
      ">UPDOWN:ENV,x",
      ">STATE:1,a",
    )
    .map((line) => utf8.encode(`${line}\r\n`)),
  fc
    .constantFrom(
      ">",
      ">REMOTE:,,",
      ">LOG:1,",
      ">BYTECOUNT:",
      ",",
      "1",
      "\r\n",
      "END\n",
      PASSWORD_PROMPT,
      ">HOLD:",
    )
    .map((piece) => utf8.encode(piece)),
  fc.integer({ min: 0, max: 100_000 }).map((length) => new Uint8Array(length).fill(0x78)),
);

test("random bytes never throw, and each > line is told or belongs to a block", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
      const counts = { heads: 0, env: 0, pkcs11: 0, told: 0, replies: 0, bare: 0 };
      const oddities: string[] = [];
      const notifications: Notification[] = [];
      const decoder = new Decoder({
        notification: (notification) => notifications.push(notification),
        reply: () => counts.replies++,
        oddity: (oddity) => oddities.push(oddity),
      });
      const splitter = new LineSplitter(
        whole((line) => {
          if (line.startsWith(">CLIENT:ENV,") || line.startsWith(">UPDOWN:ENV,")) counts.env++;
          else if (line.startsWith(">")) counts.heads++;
          else if (line !== "") counts.bare++;
          decoder.line(line);
        }),
        () => undefined,
      );
      const utf8Reader = new TextDecoder();
      for (const bytes of fragments) splitter.push(utf8Reader.decode(bytes, { stream: true }));
      splitter.end();
      decoder.end();
      expect(counts.replies).toBe(counts.bare);
      const dropped = oddities.filter((oddity) => /was not ended|ended inside/.test(oddity)).length;
      expect(notifications.length + dropped).toBe(counts.heads);
      const kept = notifications.flatMap((each) => ("env" in each ? [...each.env] : []));
      expect(kept.length).toBeLessThanOrEqual(counts.env);
    }),
    SEED,
  );
});

test("what is held of a line without end is bounded: beyond 64 kB nothing of it is kept", () => {
  const lines: string[] = [];
  const oddities: string[] = [];
  const splitter = new LineSplitter(
    whole((line) => lines.push(line)),
    (oddity) => oddities.push(oddity),
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 3, maxLength: 20 }), (sizes) => {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      for (const size of sizes) splitter.push("x".repeat(size));
      splitter.push("\n>INFO:next\n");
      const last = lines.splice(0);
      expect(last).toEqual(total > 64 * 1024 ? [">INFO:next"] : ["x".repeat(total), ">INFO:next"]);
      expect(oddities.splice(0)).toEqual(
        total > 64 * 1024 ? [`A line of ${total} characters was dropped`] : [],
      );
    }),
    SEED,
  );
});
