import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRealAddress } from "../../src/protocol/real-address.ts";
import { parseStatus, type ServerStatus } from "../../src/protocol/status.ts";
import { repliesOf } from "../support/replies.ts";
import { sessionsOf, TRANSCRIPTS } from "../support/transcripts.ts";

test.each([
  ["10.77.1.2:49840", { address: "10.77.1.2", port: 49840 }],
  ["fd77:1::2", { address: "fd77:1::2" }],
  ["::1", { address: "::1" }],
  ["udp4:10.77.1.2:49840", { address: "10.77.1.2", port: 49840, proto: "udp4" }],
  ["tcp4-server:10.77.1.2:49840", { address: "10.77.1.2", port: 49840, proto: "tcp4-server" }],
  ["udp6:[fd77::2]:1194", { address: "fd77::2", port: 1194, proto: "udp6" }],
  ["udp6:10.77.1.2:1194", { address: "10.77.1.2", port: 1194, proto: "udp6" }],
  ["tcp6-server:[::1]:65535", { address: "::1", port: 65535, proto: "tcp6-server" }],
  ["udp:fd77::2", { address: "fd77::2", proto: "udp" }],
  ["[fd77::2]:1194", { address: "fd77::2", port: 1194 }],
  ["10.77.1.2", { address: "10.77.1.2" }],
  ["10.77.1.2:99999", { address: "10.77.1.2:99999" }],
  ["UNKNOWN", { address: "UNKNOWN" }],
  ["[NULL]", { address: "[NULL]" }],
  ["", { address: "" }],
])("the real address %j is %j", (text, expected) => {
  expect(parseRealAddress(text)).toEqual(expected);
});

const TITLE = "OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]";
const tabs = (...lines: string[]): string[] => lines.map((line) => line.replaceAll("|", "\t"));
const server = (lines: readonly string[]): ServerStatus => {
  const status = parseStatus(lines);
  if (status?.kind !== "server") throw new Error("Not a server's status");
  return status;
};

test("2.3 has no client ids", () => {
  expect(
    server([
      "TITLE,OpenVPN 2.3.18 x86_64",
      "TIME,Mon Nov 23 03:37:41 2026,1795405061",
      "HEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address,Bytes Received,Bytes Sent,Connected Since,Connected Since (time_t),Username",
      "CLIENT_LIST,alice,10.77.1.2:49840,10.99.0.10,5000000000,2,Mon Nov 23 03:37:40 2026,1795405060,UNDEF",
      "HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref,Last Ref (time_t)",
      "ROUTING_TABLE,10.50.0.7C,alice,10.77.1.2:49840,Mon Nov 23 03:37:41 2026,1795405061",
      "GLOBAL_STATS,Max bcast/mcast queue length,3",
    ]),
  ).toEqual({
    kind: "server",
    format: 2,
    trusted: true,
    title: "OpenVPN 2.3.18 x86_64",
    time: 1795405061,
    clients: [
      {
        commonName: "alice",
        realAddress: "10.77.1.2:49840",
        address: "10.77.1.2",
        port: 49840,
        virtualAddress: "10.99.0.10",
        virtualAddress6: "",
        bytesIn: 5_000_000_000,
        bytesOut: 2,
        connectedSince: 1795405060,
        username: "UNDEF",
      },
    ],
    routes: [
      {
        virtualAddress: "10.50.0.7",
        learned: true,
        commonName: "alice",
        realAddress: "10.77.1.2:49840",
        address: "10.77.1.2",
        port: 49840,
        lastRef: 1795405061,
      },
    ],
    global: { maxQueue: 3 },
    unread: [],
  });
});

test("2.7 tells protocol, port of IPv6 and cipher; a client that waits has no address, and may have no peer", () => {
  const { clients, routes, global } = server(
    tabs(
      `TITLE|${TITLE}`,
      "TIME|2026-11-23 03:37:41|1795405061",
      "HEADER|CLIENT_LIST|Common Name|Real Address|Virtual Address|Virtual IPv6 Address|Bytes Received|Bytes Sent|Connected Since|Connected Since (time_t)|Username|Client ID|Peer ID|Data Channel Cipher",
      "CLIENT_LIST|UNDEF|udp6:[fd77::2]:40000|||1|2|2026-11-23 03:37:40|1795405060|UNDEF|7|4294967295|BF-CBC",
      "HEADER|ROUTING_TABLE|Virtual Address|Common Name|Real Address|Last Ref|Last Ref (time_t)",
      "ROUTING_TABLE|00:ff:1a:2b:3c:0c@0|a|tcp4-server:10.0.0.1:5|2026-11-23 03:37:41|1795405061",
      "GLOBAL_STATS|Max bcast/mcast queue length|0",
      "GLOBAL_STATS|dco_enabled|1",
    ),
  );
  expect(clients).toEqual([
    {
      commonName: "UNDEF",
      realAddress: "udp6:[fd77::2]:40000",
      address: "fd77::2",
      port: 40000,
      proto: "udp6",
      virtualAddress: "",
      virtualAddress6: "",
      bytesIn: 1,
      bytesOut: 2,
      connectedSince: 1795405060,
      username: "UNDEF",
      cid: 7,
      cipher: "BF-CBC",
    },
  ]);
  expect(routes).toMatchObject([
    { virtualAddress: "00:ff:1a:2b:3c:0c@0", learned: false, proto: "tcp4-server" },
  ]);
  expect(global).toEqual({ maxQueue: 0, dcoEnabled: true });
});

test("columns go by their names: others are let pass, as are other lists and lines", () => {
  const status = server(
    tabs(
      `TITLE|${TITLE}`,
      "TIME|x",
      "CLIENT_LIST|before its header",
      "HEADER|CLIENT_LIST|New|Client ID|Bytes Sent|Bytes Received|Real Address|Common Name",
      "CLIENT_LIST|?|5|1|2|10.0.0.1:1|alice",
      "CLIENT_LIST|?|5|1|2|10.0.0.1:1|alice",
      "CLIENT_LIST|?|5|1|many|10.0.0.1:1|alice",
      "CLIENT_LIST|?|5|1|2|10.0.0.1:1",
      "HEADER|ERRORS|Common Name",
      "ERRORS|alice",
      "GLOBAL_STATS|unheard of|1",
      "NEWS",
      "",
    ),
  );
  expect(status.clients.map(({ cid, bytesIn, bytesOut }) => [cid, bytesIn, bytesOut])).toEqual([
    [5, 2, 1],
    [5, 2, 1],
  ]);
  expect(status.time).toBeUndefined();
  expect(status.unread).toEqual(
    tabs(
      "CLIENT_LIST|before its header",
      "CLIENT_LIST|?|5|1|many|10.0.0.1:1|alice",
      "CLIENT_LIST|?|5|1|2|10.0.0.1:1",
      "ERRORS|alice",
      "GLOBAL_STATS|unheard of|1",
      "NEWS",
      "",
    ),
  );
});

test("a common name with commas is not guessed at in format 2, and is what the rest leaves in format 1", () => {
  const second = server([
    `TITLE,${TITLE}`,
    "HEADER,CLIENT_LIST,Common Name,Real Address,Bytes Received,Bytes Sent",
    "CLIENT_LIST,a,9.9.9.9:9,1,2,10.0.0.1:1,3,4",
  ]);
  expect([second.clients, second.unread.length]).toEqual([[], 1]);
  const first = server([
    "OpenVPN CLIENT LIST",
    "Updated,2026-11-23 03:37:41",
    "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since",
    "ROUTING TABLE,9.9.9.9:9,1,2,x,10.0.0.1:1,3,4,2026-11-23 03:37:40",
    "cut",
    "ROUTING TABLE",
    "Virtual Address,Common Name,Real Address,Last Ref",
    "10.99.0.2,a,b,10.0.0.1:1,2026-11-23 03:37:41",
    "GLOBAL STATS",
    "Max bcast/mcast queue length,0",
  ]);
  expect(first).toMatchObject({
    format: 1,
    trusted: false,
    clients: [{ commonName: "ROUTING TABLE,9.9.9.9:9,1,2,x", address: "10.0.0.1", bytesIn: 3, bytesOut: 4 }],
    routes: [{ commonName: "a,b", virtualAddress: "10.99.0.2" }],
    global: { maxQueue: 0 },
    unread: ["cut"],
  });
});

test("a client's status is its counters, compression and all else that is a number", () => {
  expect(
    parseStatus([
      "OpenVPN STATISTICS",
      "Updated,2026-11-23 03:27:09",
      "TUN/TAP read bytes,0",
      "TCP/UDP read bytes,6816",
      "pre-compress bytes,12",
      'TAP-WIN32 driver status,"State:AT?c Err:[(null)/0]"',
    ]),
  ).toEqual({
    kind: "client",
    updated: "2026-11-23 03:27:09",
    statistics: { "TUN/TAP read bytes": 0, "TCP/UDP read bytes": 6816, "pre-compress bytes": 12 },
    unread: ['TAP-WIN32 driver status,"State:AT?c Err:[(null)/0]"'],
  });
});

test.each([[[]], [["x"]], [["TITLE"]], [["OpenVPN"]]])("%j is no status", (lines) => {
  expect(parseStatus(lines)).toBeUndefined();
});

const STATUSES = TRANSCRIPTS.flatMap((file) =>
  sessionsOf(file)
    .flatMap(repliesOf)
    .flatMap(({ command, outcome }) =>
      command.name === "status" && outcome.ok
        ? [{ file, lines: outcome.lines, format: command.args[0] }]
        : [],
    ),
);

test("every recorded status is read to the last line, but for forged ones of format 1 and commas in format 2", () => {
  expect(STATUSES.length).toBeGreaterThan(20);
  const odd = new Set<string>();
  for (const { file, lines } of STATUSES) {
    const status = parseStatus(lines);
    if (!status) throw new Error(`${file}: ${lines[0]}`);
    for (const line of status.unread) odd.add(`${file}: ${line}`);
    if (status.kind === "client") expect(Object.keys(status.statistics).length).toBeGreaterThanOrEqual(5);
    else expect(status.global.maxQueue, file).toBeDefined();
  }
  expect([...odd]).toMatchInlineSnapshot(`
    [
      "20-server-client-auth-kill-status.jsonl: CLIENT_LIST,smith, john,10.77.1.2:41609,10.99.0.12,,2044,2074,2026-11-23 03:37:47,1795405067,user-comma,3,3,AES-256-GCM",
      "20-server-client-auth-kill-status.jsonl: CLIENT_LIST,>BYTECOUNT_CLI:9,1,2,10.77.1.2:49840,10.99.0.13,,2050,2074,2026-11-23 03:37:49,1795405069,user-gt,4,4,AES-256-GCM",
      "20-server-client-auth-kill-status.jsonl: ROUTING_TABLE,10.99.0.13,>BYTECOUNT_CLI:9,1,2,10.77.1.2:49840,2026-11-23 03:37:50,1795405070",
      "20-server-client-auth-kill-status.jsonl: ROUTING_TABLE,10.99.0.12,smith, john,10.77.1.2:41609,2026-11-23 03:37:49,1795405069",
    ]
  `);
});

test("the formats of one moment tell the same clients", () => {
  const lab = STATUSES.filter(({ file }) => file.startsWith("37-"));
  const names = lab.map(({ lines }) =>
    server(lines).clients.map(({ commonName, address }) => [commonName, address]),
  );
  expect(names.slice(0, 2)).toEqual(
    Array.from({ length: 2 }, () => [
      ["bob", "10.77.2.2"],
      ["alice", "fd77:1::2"],
    ]),
  );
  expect(server(lab[1]?.lines ?? []).clients[1]).toMatchObject({
    cid: 0,
    peerId: 0,
    virtualAddress6: "fd98::1000",
  });
});

const field = fc
  .array(
    fc.oneof(
      fc.constantFrom(",", "END", "TITLE", ">", "C", " "),
      fc.string({ unit: "grapheme", maxLength: 5 }),
    ),
  )
  // oxlint-disable-next-line no-control-regex -- no common name holds any of them
  .map((parts) => parts.join("").replace(/[\u0000-\u001f\u007f]/g, "_"));
const row = fc.record({
  commonName: field,
  realAddress: fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65535 })).map(([ip, port]) => `${ip}:${port}`),
    fc.ipV6(),
    fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 65535 })).map(([ip, port]) => `udp6:[${ip}]:${port}`),
  ),
  virtualAddress: fc.oneof(fc.constant(""), fc.ipV4()),
  bytesIn: fc.maxSafeNat(),
  bytesOut: fc.maxSafeNat(),
  username: field,
  cid: fc.nat(),
});

test("whatever names the clients have, format 3 gives them back, in any order of the columns", () => {
  const columns = {
    "Common Name": "commonName",
    "Real Address": "realAddress",
    "Virtual Address": "virtualAddress",
    "Bytes Received": "bytesIn",
    "Bytes Sent": "bytesOut",
    Username: "username",
    "Client ID": "cid",
  } as const;
  const names = Object.keys(columns) as (keyof typeof columns)[];
  fc.assert(
    fc.property(fc.array(row), fc.shuffledSubarray(names, { minLength: names.length }), (rows, order) => {
      const { clients, unread } = server([
        `TITLE\t${TITLE}`,
        ["HEADER", "CLIENT_LIST", ...order].join("\t"),
        ...rows.map((each) => ["CLIENT_LIST", ...order.map((name) => each[columns[name]])].join("\t")),
      ]);
      expect(unread).toEqual([]);
      expect(clients.map((client) => names.map((name) => client[columns[name]]))).toEqual(
        rows.map((each) => names.map((name) => each[columns[name]])),
      );
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("no lines make it throw, and what it could not read are lines that were there", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "HEADER\tCLIENT_LIST",
      "HEADER",
      "CLIENT_LIST",
      "CLIENT_LIST\t",
      "GLOBAL_STATS",
      "TIME",
      "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tBytes Received\tBytes Sent",
      "CLIENT_LIST\ta\tb\t1\t2",
      "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since",
      "ROUTING TABLE",
      ",,,,",
      "HEADER\t__proto__\tCommon Name",
      "__proto__\tx",
    ),
    fc.string(),
  );
  const first = fc.constantFrom("TITLE\tx", "TITLE,x", "OpenVPN CLIENT LIST", "OpenVPN STATISTICS");
  fc.assert(
    fc.property(first, fc.array(line), (head, lines) => {
      const status = parseStatus([head, ...lines]);
      expect(status).toBeDefined();
      expect(status?.unread.every((each) => lines.includes(each))).toBe(true);
    }),
    { seed: 12, numRuns: 1000 },
  );
});
