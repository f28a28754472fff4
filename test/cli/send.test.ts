import net from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Folder, Openvpn, Run, signalbox } from "./support.ts";

const send = (...argv: string[]): ReturnType<typeof signalbox> => signalbox("send", ...argv);

test("One command and its reply, as text and as JSON", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder, { hold: false, queryRemote: false });
  const { address } = openvpn;
  // One after the other: a second manager waits until the first has gone.
  expect(await send(address, "pid")).toEqual({ code: 0, out: "pid=4711\n", err: "" });
  const version = await send(address, "version", "--json");
  expect(JSON.parse(version.out)).toMatchObject({
    command: "version",
    ok: true,
    lines: [expect.stringMatching(/^OpenVPN Version: OpenVPN 2\.6\.14 /), "Management Version: 5"],
    value: { version: "2.6.14", managementVersion: 5 },
  });
  const entries = await send("--json", address, "remote-entry-get", "all");
  expect(JSON.parse(entries.out)).toMatchObject({
    value: [
      { index: 0, host: "vpn1.example.net", port: 1194, proto: "udp", enabled: true },
      { index: 1, host: "vpn2.example.net" },
    ],
  });
  const status = await send(address, "status", "3", "--json");
  expect(JSON.parse(status.out)).toMatchObject({ command: "status 3", value: { kind: "client" } });
});

test("What OpenVPN refuses ends with 4, secrets masked", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const refused = await send(openvpn.address, "password", "Auth", "hunter22");
  expect(refused).toEqual({
    code: 4,
    out: "",
    err: 'OpenVPN rejected "password Auth "<redacted>"": no password is currently needed at this time\n',
  });
  const json = await send(openvpn.address, "remote", "ACCEPT", "--json");
  expect(json).toMatchObject({ code: 4, err: "" });
  expect(JSON.parse(json.out)).toEqual({
    command: "remote ACCEPT",
    ok: false,
    error: "refused",
    text: "The 'remote' command is not supported by the current daemon mode",
    lines: [],
  });
});

test("What would harm OpenVPN is not sent, unless one insists", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const refused = await send(openvpn.address, "signal", "SIGUSR2");
  expect(refused).toEqual({
    code: 1,
    out: "",
    err: 'signalbox: Not sent "signal SIGUSR2": SIGUSR2 while OpenVPN waits ends it; --insist sends it\n',
  });
  expect(openvpn.daemon.held).toBe(true);
  expect(await send(openvpn.address, "signal", "SIGUSR2", "--insist")).toMatchObject({ code: 0 });
});

test("Lines come from standard input", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const argv = ["send", openvpn.address, "certificate", "--stdin", "--insist"];
  const { code, err } = await new Run(argv, {}, "-----BEGIN CERTIFICATE-----\nAAAA\n").ended;
  expect({ code, err }).toEqual({
    code: 4,
    err: expect.stringContaining("The certificate command is not currently available"),
  });
});

test("What is wrong on the command line is told with what was expected", async () => {
  const [unknown, wrong, nothing, timeout, address, engine] = await Promise.all([
    send("unix:/x", "stauts"),
    send("unix:/x", "status", "4"),
    send("unix:/x"),
    send("unix:/x", "pid", "--timeout", "soon"),
    send("office", "pid"),
    send("office", "pid", "--state", "/nowhere"),
  ]);
  expect(unknown.err).toContain("Unknown management command 'stauts'; did you mean 'status'?");
  expect(wrong.err).toContain(
    "The argument 1 of status is none of 1, 2, 3; status [1|2|3] (2.1+) was expected",
  );
  expect(nothing.err).toContain("send needs an address and a command");
  expect(timeout.err).toContain("--timeout takes a duration such as 30s, not 'soon'");
  expect(address.err).toContain("no engine controls a daemon of this name");
  expect([unknown, wrong, nothing, timeout, address].map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  expect(engine).toMatchObject({ code: 3, err: expect.stringContaining("No engine runs on") });
});

test("Who cannot be reached is told why: nobody there, another manager, a password", async () => {
  using folder = new Folder();
  const none = await send(`unix:${join(folder.path, "none.sock")}`, "pid");
  expect(none).toMatchObject({ code: 3, err: expect.stringMatching(/none\.sock: no such file\n$/) });

  using openvpn = await Openvpn.listen(folder, { password: "let me in" });
  const barred = await send(openvpn.address, "pid");
  expect(barred).toMatchObject({ code: 3, err: expect.stringContaining("asks for the management password") });
  const password = folder.write("password", "let me in\n");
  expect(await send(openvpn.address, "pid", "--password", password)).toMatchObject({ code: 0 });

  const path = openvpn.address.slice("unix:".length);
  const holder = net.connect({ path });
  await new Promise((resolve) => holder.once("data", resolve));
  const blocked = await send(openvpn.address, "pid", "--password", password);
  holder.destroy();
  expect(blocked).toMatchObject({
    code: 3,
    err: expect.stringContaining("another manager holds the management interface"),
  });
});

test("Through the engine that has the interface, by name or address; not what is the engine's own", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const rulebook = folder.write("r.yaml", "version: 1\nrules: [ { id: a, on: REMOTE, answer: accept } ]\n");
  using engine = new Run(["run", rulebook, "--management", openvpn.address, "--state", folder.state]);
  await engine.says("STATE CONNECTED");
  const state = ["--state", folder.state];
  const [pid, byAddress, owned, answer, unknown, insisted] = await Promise.all([
    send("default", "pid", ...state),
    send(openvpn.address, "state", "--json", ...state),
    send("default", "bytecount", "5", ...state),
    send("default", "remote", "ACCEPT", ...state),
    send("elsewhere", "pid", ...state),
    send("default", "remote", "ACCEPT", "--insist", ...state),
  ]);
  expect(pid).toEqual({ code: 0, out: "pid=4711\n", err: "" });
  expect(JSON.parse(byAddress.out)).toMatchObject({ ok: true, value: [{ name: "CONNECTED" }] });
  expect(owned).toMatchObject({
    code: 1,
    err: expect.stringContaining("what OpenVPN tells is set by the engine; --insist sends it"),
  });
  expect(answer).toMatchObject({
    code: 1,
    err: expect.stringContaining("the engine answers what OpenVPN asks"),
  });
  expect(unknown).toMatchObject({
    code: 2,
    err: expect.stringContaining("The engine controls no daemon 'elsewhere'; it controls default"),
  });
  expect(insisted).toMatchObject({ code: 4 });
  await engine.says("send: pid");
  const found = await new Run(["send", "default", "verb"], { STATE_DIRECTORY: folder.state }).ended;
  expect(found).toMatchObject({ code: 0, out: "verb=3\n" });
});

test("To an OpenVPN that dials us nothing is sent by the way", async () => {
  using folder = new Folder();
  const address = `listen:unix:${join(folder.path, "dialled.sock")}`;
  expect(await send(address, "pid")).toMatchObject({
    code: 2,
    err: expect.stringContaining("exits when this command is done"),
  });
});
