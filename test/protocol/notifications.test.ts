import { expect, test } from "vitest";
import { Secret } from "../../src/util/secret.ts";
import type { Notification } from "../../src/protocol/notification.ts";
import { parseNotification, parseState } from "../../src/protocol/notifications.ts";

const STATE = {
  type: "STATE",
  time: 1795405061,
  name: "CONNECTED",
  detail: "",
  tunIp: "",
  remoteAddress: "",
  remotePort: "",
  localAddress: "",
  localPort: "",
  tunIp6: "",
} as const;

test.each<[text: string, notification: Notification]>([
  [
    "INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info",
    { type: "INFO", text: "OpenVPN Management Interface Version 5 -- type 'help' for more info" },
  ],
  [
    "FATAL:No usable connection profiles are present",
    { type: "FATAL", text: "No usable connection profiles are present" },
  ],
  ["FATAL:ERROR: could not read Auth", { type: "FATAL", text: "ERROR: could not read Auth" }],
  ["HOLD:Waiting for hold release:0", { type: "HOLD", wait: 0 }],
  ["HOLD:Waiting for hold release:300", { type: "HOLD", wait: 300 }],
  ["HOLD:Waiting for hold release", { type: "HOLD", wait: 0 }],
  ["LOG:1,I,text", { type: "LOG", time: 1, flags: "I", text: "text" }],
  ["LOG:1,,ann/10.1.1.1:9 a, b,, c", { type: "LOG", time: 1, flags: "", text: "ann/10.1.1.1:9 a, b,, c" }],
  ["LOG:1,DW,", { type: "LOG", time: 1, flags: "DW", text: "" }],
  ["ECHO:1,forget-passwords", { type: "ECHO", time: 1, text: "forget-passwords" }],
  ["ECHO:1,a, b", { type: "ECHO", time: 1, text: "a, b" }],
  ["BYTECOUNT:1992,1997", { type: "BYTECOUNT", bytesIn: 1992, bytesOut: 1997 }],
  [
    "BYTECOUNT:4294967297,9007199254740991",
    { type: "BYTECOUNT", bytesIn: 2 ** 32 + 1, bytesOut: 2 ** 53 - 1 },
  ],
  ["BYTECOUNT_CLI:7,0,12", { type: "BYTECOUNT_CLI", cid: 7, bytesIn: 0, bytesOut: 12 }],
  ["REMOTE:vpn.example.net,1194,udp", { type: "REMOTE", host: "vpn.example.net", port: 1194, proto: "udp" }],
  [
    "REMOTE:fd77:1::1,443,tcp6-client",
    { type: "REMOTE", host: "fd77:1::1", port: 443, proto: "tcp6-client" },
  ],
  ["REMOTE:a,b,1194,udp", { type: "REMOTE", host: "a,b", port: 1194, proto: "udp" }],
  ["PROXY:1,TCP,10.77.1.1", { type: "PROXY", index: 1, proto: "TCP", host: "10.77.1.1" }],
  ["PROXY:12,UDP,fd77:1::1", { type: "PROXY", index: 12, proto: "UDP", host: "fd77:1::1" }],
  [
    "PASSWORD:Need 'Auth' username/password",
    { type: "PASSWORD:NEED", realm: "Auth", username: true, password: true },
  ],
  [
    "PASSWORD:Need 'Private Key' password",
    { type: "PASSWORD:NEED", realm: "Private Key", username: false, password: true },
  ],
  [
    "PASSWORD:Need 'Auth' username",
    { type: "PASSWORD:NEED", realm: "Auth", username: true, password: false },
  ],
  [
    "PASSWORD:Need 'Auth' username/password SC:1,Enter the code, please",
    {
      type: "PASSWORD:NEED",
      realm: "Auth",
      username: true,
      password: true,
      challenge: { echo: true, concat: false, text: "Enter the code, please" },
    },
  ],
  [
    "PASSWORD:Need 'Auth' username/password SC:2,",
    {
      type: "PASSWORD:NEED",
      realm: "Auth",
      username: true,
      password: true,
      challenge: { echo: false, concat: true, text: "" },
    },
  ],
  [
    "PASSWORD:Need 'it's mine token' password",
    { type: "PASSWORD:NEED", realm: "it's mine token", username: false, password: true },
  ],
  ["PASSWORD:Verification Failed: 'Auth'", { type: "PASSWORD:FAILED", realm: "Auth", reason: "" }],
  ["PASSWORD:Verification Failed: 'Auth' ['a,b']", { type: "PASSWORD:FAILED", realm: "Auth", reason: "a,b" }],
  [
    "PASSWORD:Verification Failed: 'Auth' ['it's ['off'] now']",
    { type: "PASSWORD:FAILED", realm: "Auth", reason: "it's ['off'] now" },
  ],
  ["PASSWORD:Auth-Token:x", { type: "PASSWORD:TOKEN", token: new Secret("x") }],
  ["NOTIFY:info,remote-exit,EXIT", { type: "NOTIFY", severity: "info", kind: "remote-exit", text: "EXIT" }],
  [
    "NOTIFY:info,server-pushed-halt,[P]:a, b",
    { type: "NOTIFY", severity: "info", kind: "server-pushed-halt", text: "[P]:a, b" },
  ],
  [
    "INFOMSG:WEB_AUTH::https://example.net/?a=1",
    { type: "INFOMSG", text: "WEB_AUTH::https://example.net/?a=1" },
  ],
  [
    "NEED-OK:Need 'token-insertion-request' confirmation MSG:Please insert it",
    { type: "NEED-OK", name: "token-insertion-request", message: "Please insert it" },
  ],
  [
    "NEED-STR:Need 'pkcs11-id-request' string MSG:Please specify",
    { type: "NEED-STR", name: "pkcs11-id-request", message: "Please specify" },
  ],
  ["NEED-STR:Need 'name' input MSG:", { type: "NEED-STR", name: "name", message: "" }],
  [
    "NEED-CERTIFICATE:macosx-keychain:subject:o=X",
    { type: "NEED-CERTIFICATE", hint: "macosx-keychain:subject:o=X" },
  ],
  ["RSA_SIGN:abc=", { type: "RSA_SIGN", data: "abc=" }],
  ["PK_SIGN:abc=", { type: "PK_SIGN", data: "abc=", algorithm: "" }],
  [
    "PK_SIGN:abc=,RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest,data=message",
    {
      type: "PK_SIGN",
      data: "abc=",
      algorithm: "RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest,data=message",
    },
  ],
  ["STATE:1795405061,CONNECTED", STATE],
  ["STATE:1795405061,CONNECTED,,,,,,", STATE],
  [
    "STATE:1795405061,CONNECTED,SUCCESS,10.99.0.10,10.77.1.1,21940,10.77.1.2,5000",
    {
      ...STATE,
      detail: "SUCCESS",
      tunIp: "10.99.0.10",
      remoteAddress: "10.77.1.1",
      remotePort: "21940",
      localAddress: "10.77.1.2",
      localPort: "5000",
    },
  ],
  [
    "STATE:1795405061,CONNECTED,SUCCESS,10.99.0.10,fd77:1::1,21940,,,fd98::1000",
    {
      ...STATE,
      detail: "SUCCESS",
      tunIp: "10.99.0.10",
      remoteAddress: "fd77:1::1",
      remotePort: "21940",
      tunIp6: "fd98::1000",
    },
  ],
  ["STATE:1795405061,AUTH_PENDING,timeout 60,,,,,", { ...STATE, name: "AUTH_PENDING", detail: "timeout 60" }],
  ["STATE:1795405061,AUTH_PENDING,,,,,,", { ...STATE, name: "AUTH_PENDING" }],
  [
    "STATE:1795405061,AUTH_PENDING,timeout 60,a,,,,,",
    { ...STATE, name: "AUTH_PENDING", detail: "timeout 60,a" },
  ],
  ["STATE:1795405061,AUTH_PENDING,a,b,c,d,,,,,", { ...STATE, name: "AUTH_PENDING", detail: "a,b,c,d" }],
])(">%s", (text, notification) => {
  expect(parseNotification(`>${text}`)).toEqual(notification);
});

test.each([
  ["BYTECOUNT_NEW", "1,2"],
  ["BYTE", "1,2"],
  ["log", "1,,lower case"],
  ["constructor", "x"],
  ["__proto__", "x"],
  ["", "no name"],
  ["NAME", ""],
])(">%s: has no form of its own and becomes OTHER, whole", (name, text) => {
  expect(parseNotification(`>${name}:${text}`)).toEqual({ type: "OTHER", name, text });
});

test.each([">", ">LOG", ">BYTECOUNT"])("'%s' has no colon and is a name only", (line) => {
  expect(parseNotification(line)).toEqual({ type: "OTHER", name: line.slice(1), text: "" });
});

test.each([
  "BYTECOUNT:1",
  "BYTECOUNT:1,",
  "BYTECOUNT:,1",
  "BYTECOUNT:1,2,3",
  "BYTECOUNT:-1,2",
  "BYTECOUNT:1, 2",
  "BYTECOUNT:1e3,2",
  "BYTECOUNT_CLI:9,1,2,10.77.1.2:49840,ROUTE",
  "BYTECOUNT_CLI:1,2",
  "STATE:",
  "STATE:x,CONNECTED",
  "STATE:1",
  "STATE:1,",
  "STATE:1,,SUCCESS",
  "LOG:1,I",
  "LOG:x,I,text",
  "LOG:,I,text",
  `LOG:${"1".repeat(16)},I,text`,
  "ECHO:1",
  "ECHO:x,text",
  "REMOTE:1194,udp",
  "REMOTE:,1194,udp",
  "REMOTE:h,65536,udp",
  "REMOTE:h,,udp",
  "REMOTE:h,1194x,udp",
  "REMOTE:",
  "REMOTE:,,",
  "PASSWORD:Need 'Auth' username/passw",
  "PASSWORD:Need 'Auth'",
  "PASSWORD:Verification failed",
  "PASSWORD:Verification Failed: Auth",
  "NOTIFY:info",
  "NOTIFY:info,halt",
  "NEED-OK:Need 'x' confirmation",
  "NEED-STR:x",
  "PROXY:NEED_NOW",
  "PROXY:NEED_LATER,10.0.0.1",
  "PROXY:1,tcp,h",
  "PROXY:1,TCP,",
])(">%s is not of its form and becomes OTHER, whole", (line) => {
  const colon = line.indexOf(":");
  expect(parseNotification(`>${line}`)).toEqual({
    type: "OTHER",
    name: line.slice(0, colon),
    text: line.slice(colon + 1),
  });
});

test("a line of the state history reads as the notification does", () => {
  const text = "1795405061,CONNECTED,SUCCESS,10.99.0.10,10.77.1.1,21940,,";
  expect(parseState(text)).toEqual(parseNotification(`>STATE:${text}`));
  expect(parseState("END")).toBeUndefined();
});
