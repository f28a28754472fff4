import type { Command } from "../../src/protocol/command.ts";
import { type ArgumentKind, COMMANDS } from "../../src/protocol/commands.ts";

/** Texts that break out of a careless encoder. */
export const NASTY: readonly string[] = [
  ...["\n", "\r", "\r\n", "\0", "\t", "\u001b", "\u007f", "\u0080", "\u0085", "\u2028"],
  ...["x\npid", "x\r\npid\r\n", 'x"\npid\n"', "\npid\nEND\npid", "x\n", "\nx", "x\0pid", "x\tpid"],
  ...[
    '"',
    '""',
    "'",
    "''",
    "\\",
    "\\\\",
    '\\"',
    'x"',
    '"x',
    "x\\",
    "\\x",
    'x" pid "',
    "x' pid '",
    "\\n",
    "\\ ",
  ],
  ...[
    "#",
    "#x",
    "x #y",
    ";",
    ";x",
    "x ; pid",
    " ",
    "  ",
    " x ",
    "",
    "x y",
    "a,b",
    "a:b",
    "`id`",
    "$(id)",
    "%s%n",
    "|",
    "&&",
  ],
  ...[
    "END",
    "END ",
    " END",
    "end",
    "ENDE",
    "quit",
    "signal SIGTERM",
    ">INFO:x",
    "SUCCESS: x",
    "ERROR: x",
    "[[BLANK]]",
  ],
  ...["ü", "ümläut 🦊", "\u202e", "\ufeff", "\ufffd", "\ud83e", "a\udd8a", "e\u0301"],
  ...[255, 256, 257, 767, 768, 769, 1022, 1023, 1024, 1025, 2048].flatMap((bytes) => [
    "x".repeat(bytes),
    `${"x".repeat(bytes - 2)}ü`,
    `${"x".repeat(bytes - 1)}ü`,
    `${"x".repeat(bytes - 3)}🦊`,
    `${"x".repeat(bytes - 4)}🦊`,
    '"'.repeat(bytes),
    "\\".repeat(bytes),
    `${"x".repeat(bytes - 4)}\npid`,
    " ".repeat(bytes),
  ]),
  ...["__proto__", "constructor", "-1", "1e3", "0x10", "1;2", "1 2", "all", "on"],
];

const SAMPLES: Readonly<Record<string, string>> = {
  host: "vpn.example.net",
  text: "x",
  "common-name": "alice",
  "ip:port": "10.0.0.1:1194",
  "proto:ip:port": "tcp:10.0.0.1:1194",
  history: "all",
};

/** An argument that fits its place. */
export function sample(kind: ArgumentKind): string {
  return typeof kind === "string" ? (SAMPLES[kind] ?? "1") : String(kind[0]);
}

/** Every form of every command with each text in each of its places, and as a line of its block. */
export function attempts(texts: readonly string[] = NASTY): Command[] {
  return COMMANDS.flatMap(({ name, forms }) =>
    forms.flatMap((form) => {
      const args = form.args.map(sample);
      const block = form.body ? { body: ["first", "last"] } : {};
      const inArguments = args.flatMap((_, place) =>
        texts.map((text): Command => ({ name, args: args.with(place, text), ...block })),
      );
      const inBody = form.body
        ? texts.map((text): Command => ({ name, args, body: ["first", text, "last"] }))
        : [];
      return [...inArguments, ...inBody];
    }),
  );
}
