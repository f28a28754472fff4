import fc from "fast-check";
import { expect, test } from "vitest";
import { GREETING, type Said, taped } from "./support.ts";

/** What OpenVPN and the controller said, with CANARY for each secret, and what is written down of it. */
const CASES: readonly (readonly ["S" | "C", string, string])[] = [
  ["S", ">PASSWORD:Auth-Token:SESS_ID_CANARY", ">PASSWORD:Auth-Token:<redacted>"],
  ["S", ">CLIENT:ENV,password=CANARY=, CANARY", ">CLIENT:ENV,password=<redacted>"],
  ["S", ">CLIENT:ENV,password=", ">CLIENT:ENV,password=<redacted>"],
  ["S", ">UPDOWN:ENV,password=CANARY", ">UPDOWN:ENV,password=<redacted>"],
  ["S", ">CLIENT:CR_RESPONSE,0,1,CANARY, CANARY", ">CLIENT:CR_RESPONSE,0,1,<redacted>"],
  [
    "S",
    ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:CANARY:am9l:Type it: now']",
    ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:<redacted>:am9l:Type it: now']",
  ],
  [
    "S",
    ">PASSWORD:Verification Failed: 'Auth' ['CRV1::CANARY::No name']",
    ">PASSWORD:Verification Failed: 'Auth' ['CRV1::<redacted>::No name']",
  ],
  [
    "S",
    "ERROR: Options error: Parameter at TCP:0 is too long (256 chars max): CANARY CANARY",
    "ERROR: Options error: Parameter at TCP:0 is too long (256 chars max): <redacted>",
  ],
  [
    "S",
    "ERROR: unknown command [CANARY], enter 'help' for more options",
    "ERROR: unknown command [<redacted>], enter 'help' for more options",
  ],
  [
    "S",
    ">LOG:1795404539,W,Options error: Parameter at TCP:0 is too long (256 chars max): CANARY",
    ">LOG:1795404539,W,Options error: Parameter at TCP:0 is too long (256 chars max): <redacted>",
  ],
  [
    "S",
    ">LOG:1795404539,D,MANAGEMENT: CMD 'cr-response CANARY'",
    `>LOG:1795404539,D,MANAGEMENT: CMD 'cr-response "<redacted>"'`,
  ],
  [
    "S",
    "1795404539,D,MANAGEMENT: CMD 'needstr \"My token\" CANARY'",
    `1795404539,D,MANAGEMENT: CMD 'needstr "My token" "<redacted>"'`,
  ],
  ["S", ">LOG:1795404539,D,MANAGEMENT: CMD 'CANARY'", ">LOG:1795404539,D,MANAGEMENT: CMD '<redacted>'"],
  [
    "S",
    ">LOG:1795404539,D,MANAGEMENT: CMD 'needstr x \"CANARY",
    ">LOG:1795404539,D,MANAGEMENT: CMD 'needstr <redacted>",
  ],
  [
    "S",
    ">LOG:1795404539,,AUTH: Received control message: AUTH_FAILED,CRV1:R,E:CANARY:am9l:Type it",
    ">LOG:1795404539,,AUTH: Received control message: AUTH_FAILED,CRV1:R,E:<redacted>:am9l:Type it",
  ],
  [
    "S",
    ">LOG:1795404539,,SENT CONTROL [office]: 'CR_RESPONSE,CANARY' (status=1)",
    ">LOG:1795404539,,SENT CONTROL [office]: 'CR_RESPONSE,<redacted>' (status=1)",
  ],
  [
    "S",
    ">LOG:1795404539,,CR response was sent by client ('CANARY')",
    ">LOG:1795404539,,CR response was sent by client ('<redacted>')",
  ],
  [
    "S",
    ">LOG:1795404539,,PUSH: Received control message: 'PUSH_REPLY,auth-token CANARY,ping 5'",
    ">LOG:1795404539,,PUSH: Received control message: 'PUSH_REPLY,auth-token <redacted>,ping 5'",
  ],
  [
    "S",
    ">LOG:1795404539,W,the answer is SCRV1:CANARY:CANARY.",
    ">LOG:1795404539,W,the answer is SCRV1:<redacted>:<redacted>",
  ],
  ["C", "password Auth CANARY", `password Auth "<redacted>"`],
  ["C", 'password "Private Key" "CAN\\"ARY CANARY"', 'password "Private Key" "<redacted>"'],
  ["C", "password Auth 'CANARY CANARY", "password <redacted>"],
  ["C", 'password Auth "SCRV1:CANARY:CANARY"', 'password Auth "<redacted>"'],
  ["C", 'password Auth "CRV1::CANARY::CANARY"', 'password Auth "<redacted>"'],
  ["C", "password Auth\nCANARY\nCANARY\nEND\npid", "password Auth\n<redacted>\n<redacted>\nEND\npid"],
  ["C", 'needstr "PIN" "CANARY"', 'needstr PIN "<redacted>"'],
  ["C", "cr-response CANARY", 'cr-response "<redacted>"'],
  [
    "C",
    'client-deny 0 1 "log" "CRV1:R,E:CANARY:am9l:Type it"',
    'client-deny 0 1 "log" "CRV1:R,E:<redacted>:am9l:Type it"',
  ],
  [
    "C",
    'client-auth 0 1\npush "auth-token CANARY"\npush "route 10.0.0.0 255.0.0.0"\nEND\npid',
    'client-auth 0 1\npush "auth-token <redacted>"\npush "route 10.0.0.0 255.0.0.0"\nEND\npid',
  ],
  ["C", "certificate\npassword Auth CANARY\nEND\npid", 'certificate\npassword Auth "<redacted>"\nEND\npid'],
  ["C", "certificate\npassword Auth\nCANARY\nEND\npid", "certificate\npassword Auth\n<redacted>\nEND\npid"],
  ["C", "certificate\npassword 'CANARY\nEND", "certificate\npassword <redacted>\nEND"],
  ["C", "CANARY CANARY", "<redacted>"],
  ["C", "#CANARY", "# <redacted>"],
  ["C", "\r\r\rpassword Auth CANARY\r", `\r\r\rpassword Auth "<redacted>"\r`],
];

function writtenOf(dir: "S" | "C", text: string): string {
  const end = dir === "S" ? "\r\n" : "\n";
  return taped([
    ["S", GREETING],
    [dir, `${text}${end}`],
  ])[dir].slice(dir === "S" ? GREETING.length : 0, -end.length);
}

test.each(CASES)("%s %j is written as %j", (dir, said, written) => {
  expect(writtenOf(dir, said)).toBe(written);
});

test("What holds no secret is written byte by byte as it was", () => {
  const daemon = [
    ">STATE:1795404539,CONNECTED,SUCCESS,10.8.0.2,192.0.2.1,1194,,",
    ">CLIENT:ENV,X509_0_CN=password, no",
    ">CLIENT:ENV,passwords=3",
    ">PASSWORD:Need 'Auth' username/password SC:1,Password=?",
    ">LOG:1795404539,D,MANAGEMENT: CMD 'password [...]'",
    ">LOG:1795404539,D,MANAGEMENT: CMD 'status 3'",
    ">BYTECOUNT_CLI:0,1,2",
    "SUCCESS: 'Auth' password entered, but not yet verified",
    "ERROR: unknown command, enter 'help' for more options",
  ].join("\r\n");
  const controller = 'username Auth "joe"\nclient-deny 0 1 "no" "go away"\nremote MOD vpn1.example.net 1194';
  expect(writtenOf("S", daemon)).toBe(daemon);
  expect(writtenOf("C", controller)).toBe(controller);
  const bytes = Buffer.concat([Buffer.from(GREETING), Buffer.from([0x3e, 0xff, 0xfe, 0xc3, 0x0d, 0x0a])]);
  expect(taped([["S", bytes]]).S).toBe(bytes.toString("latin1"));
});

test("The management password is masked, be it right, wrong or said again", () => {
  const said: Said[] = [
    ["S", "ENTER PASSWORD:"],
    ["C", "CANARY one\n"],
    ["S", "ENTER PASSWORD:"],
    ["C", "CANARY two\n"],
    ["S", `SUCCESS: password is correct\r\n${GREETING}>LOG:1,D,CANARY two\r\n`],
    ["C", "pid\n"],
  ];
  expect(taped(said)).toEqual({
    S: `ENTER PASSWORD:ENTER PASSWORD:SUCCESS: password is correct\r\n${GREETING}>LOG:1,D,<redacted>\r\n`,
    C: "<redacted>\n<redacted>\npid\n",
  });
});

test("A secret that is known is masked in texts, and breaks no line's form", () => {
  const mask = (text: string): string => text.replaceAll("1194ü", "<redacted>");
  const said: Said[] = [["S", `${GREETING}>LOG:1,,it is 1194ü\r\n>REMOTE:1194ü,1194,udp\r\n`]];
  expect(Buffer.from(taped(said, mask).S, "latin1").toString()).toBe(
    `${GREETING}>LOG:1,,it is <redacted>\r\n>REMOTE:1194ü,1194,udp\r\n`,
  );
});

test("However the bytes come in pieces, no secret passes, and the same is written", () => {
  const stream = (dir: "S" | "C"): string =>
    CASES.filter(([whose]) => whose === dir)
      .map(([, said]) => `${said}${dir === "S" ? "\r\n" : "\n"}`)
      .join("");
  const [S, C] = [stream("S"), stream("C")];
  const whole = taped([
    ["S", GREETING + S],
    ["C", C],
  ]);
  expect(whole.S + whole.C).not.toContain("CANARY");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const cut = (dir: "S" | "C", text: string): Said[] => {
        const pieces: Said[] = [];
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          pieces.push([dir, text.slice(at, at + size)]);
          at += size;
        }
        return pieces;
      };
      expect(taped([["S", GREETING], ...cut("S", S), ...cut("C", C)])).toEqual(whole);
    }),
    { seed: 3, numRuns: 100 },
  );
  expect(taped([["S", GREETING], ...S.split("").map((char): Said => ["S", char])]).S).toBe(whole.S);
});

test("A line that was cut off by the end is masked as well", () => {
  for (const [dir, said] of CASES)
    for (let length = 1; length <= said.length; length++) {
      const written = taped([
        ["S", GREETING],
        [dir, said.slice(0, length)],
      ]);
      expect(written.S + written.C, said.slice(0, length)).not.toContain("CANARY");
    }
});

test("A line without an end is left out", () => {
  const { S } = taped([
    ["S", GREETING],
    ["S", "x".repeat(70_000)],
    ["S", "CANARY\r\n>HOLD:Waiting for hold release:0\r\n"],
  ]);
  expect(S).toBe(`${GREETING}[a line of 70007 bytes is left out]>HOLD:Waiting for hold release:0\r\n`);
});
