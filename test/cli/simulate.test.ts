import net from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Folder, Run, signalbox } from "./support.ts";

/** What a controller hears at a socket until it has heard `until`. */
async function heard(socket: net.Socket, until: string, send = ""): Promise<string> {
  socket.setEncoding("latin1");
  if (send !== "") socket.write(send);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes(until)) break;
  }
  return text;
}

test("A scenario's daemon listens where it is told to, is spoken to, and ends with SIGTERM", async () => {
  using folder = new Folder();
  const path = join(folder.path, "office.sock");
  using run = new Run(["simulate", "docs/scenarios/office.yaml", "--management", `unix:${path}`]);
  await run.says(`A server listens on unix:${path}`);
  const text = await heard(net.createConnection({ path }), "END\r\n", "version\n");
  expect(text).toMatch(
    /^>INFO:OpenVPN Management Interface Version 5 .*\r\nOpenVPN Version: OpenVPN 2\.6\.14 /,
  );
  const ended = await run.end();
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out).toMatch(/\n +\d+\.\d s {2}Stopped\n$/);
});

test("A daemon that dials its controller ends with it", async () => {
  using folder = new Folder();
  const path = join(folder.path, "controller.sock");
  const { promise, resolve } = Promise.withResolvers<string>();
  const controller = net.createServer((socket) => void heard(socket, ">HOLD:").then(resolve));
  await new Promise<void>((listening) => controller.listen({ path }, listening));
  const file = folder.write(
    "dials.yaml",
    `daemon: { mode: client, dials: "unix:${path}", remotes: [vpn1.example.net 1194 udp] }\n`,
  );
  const ended = await signalbox("simulate", file, "--json");
  controller.close();
  expect(await promise).toContain(">HOLD:Waiting for hold release:0");
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(
    ended.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text),
  ).toEqual([`A client has dialled unix:${path}`, "The daemon has ended with exit code 0"]);
});

test("Mistakes in a scenario are told with their place, and so is what is in the way", async () => {
  using folder = new Folder();
  const bad = folder.write("bad.yaml", "daemon: { mode: server, versoin: 2.6 }\n");
  const nowhere = folder.write("nowhere.yaml", "daemon: { mode: server }\n");
  const [mistake, address, folderMissing, none] = await Promise.all([
    signalbox("simulate", bad),
    signalbox("simulate", nowhere),
    signalbox("simulate", nowhere, "--management", `unix:${folder.path}/none/x.sock`),
    signalbox("simulate"),
  ]);
  expect(mistake).toMatchObject({
    code: 1,
    out: "",
    err: `${bad}:1:25: error: unknown key 'versoin'; did you mean 'version'?\n`,
  });
  expect(address.code).toBe(2);
  expect(address.err).toContain("The scenario has no management: address; give one with --management");
  expect(folderMissing.code).toBe(1);
  expect(folderMissing.err).toMatch(/Cannot listen on unix:.*\/none\/x\.sock: (ENOENT|EACCES|EINVAL)/);
  expect(none.code).toBe(2);
});
