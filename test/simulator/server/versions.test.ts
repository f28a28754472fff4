import { expect, test } from "vitest";
import { serverWorld } from "./support.ts";

const VERSIONS = ["2.3.18", "2.4.12", "2.5.11", "2.6.14", "2.7.2"] as const;

function columns(version: string): string[] | undefined {
  const { controller, pass } = serverWorld({ version });
  controller.send("status 3");
  return pass(0)
    .find((line) => line.startsWith("HEADER\tCLIENT_LIST"))
    ?.split("\t")
    .slice(2);
}

test("The columns of `status` grow with the versions", () => {
  const [oldest, ...later] = VERSIONS.map(columns);
  expect(oldest).toEqual([
    "Common Name",
    "Real Address",
    "Virtual Address",
    "Bytes Received",
    "Bytes Sent",
    "Connected Since",
    "Connected Since (time_t)",
    "Username",
  ]);
  expect(later.map((some) => some?.length)).toEqual([11, 12, 12, 12]);
});

test.each(VERSIONS)("A row of `status 3` has a field for each column: %s", (version) => {
  const { controller, peer, pass } = serverWorld({ version, clientAuth: false });
  peer().come();
  pass(2);
  controller.send("status 3");
  const rows = pass(0).map((line) => line.split("\t"));
  const header = rows.find(([kind, of]) => kind === "HEADER" && of === "CLIENT_LIST") ?? [];
  const row = rows.find(([kind]) => kind === "CLIENT_LIST") ?? [];
  expect(row).toHaveLength(header.length - 1);
  expect(rows.some(([, name]) => name === "dco_enabled")).toBe(version >= "2.6");
  expect(row[2]).toMatch(version >= "2.7" ? /^udp4:192\.0\.2\.7:\d+$/ : /^192\.0\.2\.7:\d+$/);
});

test("An address of IPv6 has no port before 2.7", () => {
  const [old, young] = ["2.6.14", "2.7.0"].map((version) => {
    const { controller, peer, pass } = serverWorld({ version, clientAuth: false, protocol: "tcp6-server" });
    peer({ ip: "2001:db8::7" }).come();
    pass(2);
    controller.send("status 3");
    return pass(0)
      .find((line) => line.startsWith("CLIENT_LIST"))
      ?.split("\t")[2];
  });
  expect(old).toBe("2001:db8::7");
  expect(young).toMatch(/^tcp6-server:\[2001:db8::7\]:\d+$/);
});

test("A server of 2.7 tells of the bytes of all its clients by the clock", () => {
  const { controller, peer, pass } = serverWorld({ version: "2.7.0", clientAuth: false, keepalive: [0, 0] });
  peer().come();
  peer({ commonName: "carol", ip: "192.0.2.8" }).come();
  pass(2);
  controller.send("bytecount 3");
  expect(pass(7)).toHaveLength(5);
});

test("A client can be killed by its address, in the form that its version knows", () => {
  const kill = (version: string, victim: (port: string) => string): string[] => {
    const { controller, peer, pass } = serverWorld({ version, clientAuth: false });
    peer().come();
    pass(2);
    controller.send("status 3");
    const row = pass(0).find((line) => line.startsWith("CLIENT_LIST"));
    const port = /:(\d+)\t/.exec(row ?? "")?.[1] ?? "";
    controller.send(`kill ${victim(port)}`);
    return pass(0).map((line) => line.replace(port, "<port>"));
  };
  expect(kill("2.6.14", (port) => `192.0.2.7:${port}`)).toEqual([
    "SUCCESS: 1 client(s) at address 192.0.2.7:<port> killed",
  ]);
  expect(kill("2.7.0", (port) => `192.0.2.7:${port}`)).toEqual(["ERROR: common name '192.0.2.7' not found"]);
  expect(kill("2.7.0", (port) => `udp:192.0.2.7:${port}`)).toEqual([
    "SUCCESS: 1 client(s) at address udp:192.0.2.7:<port> killed",
  ]);
  expect(kill("2.7.0", (port) => `udp4:192.0.2.7:${port}`)).toEqual([
    "ERROR: port number or protocol out of range: <port> udp4",
  ]);
});

test("Clients of 2.7 can be told new options; the others are named", () => {
  const { controller, peer, pass, told } = serverWorld({ version: "2.7.0", clientAuth: false });
  controller.send('push-update-broad "dns server 1 address 192.0.2.53"');
  expect(pass(0)).toEqual(["ERROR: no client updated", "ERROR: push-update command failed"]);
  peer().come();
  pass(2);
  peer({ commonName: "carol", ip: "192.0.2.8", version: "2.7.0" }).come();
  pass(2);
  controller.send('push-update-broad "route 10.0.0.0"', 'push-update-cid 1 "-dns"', "push-update-cid x y");
  expect(pass(0)).toEqual([
    "PUSH_UPDATE: not sending message to unsupported peer with ID: 0",
    "SUCCESS: 1 client(s) updated",
    "SUCCESS: push-update command succeeded",
    "SUCCESS: 1 client(s) updated",
    "SUCCESS: push-update command succeeded",
    "ERROR: push-update-cid fail during cid parsing",
  ]);
  expect(told.slice(-2)).toEqual(["carol hears PUSH_UPDATE,route 10.0.0.0", "carol hears PUSH_UPDATE,-dns"]);
});

test("client-pending-auth has the arguments of its version, and its failure the words", () => {
  const { controller: old, pass } = serverWorld({ version: "2.5.11" });
  old.send("client-pending-auth 0 CR_TEXT:R:hi", "client-pf 0", "END");
  expect(pass(0)).toEqual([
    "SUCCESS: client-pending-auth command failed. Extra parameter might be too long",
    "ERROR: client-pf command failed",
  ]);
  const { controller: young, peer, pass: passYoung } = serverWorld({ version: "2.6.1" });
  peer().come();
  passYoung(1);
  young.send("client-pending-auth 0 CR_TEXT:R:hi 20", "client-pending-auth 0 x y", "client-pf 0");
  expect(passYoung(0)).toEqual([
    "SUCCESS: client-pending-auth command succeeded",
    "ERROR: cannot parse TIMEOUT",
    "ERROR: unknown command, enter 'help' for more options",
  ]);
});
