import { expect, test } from "vitest";
import { COMMANDS, specOf } from "../../src/simulator/commands/spec.ts";
import { clientCommands } from "../../src/simulator/commands/client.ts";
import { common } from "../../src/simulator/commands/common.ts";
import { helpText } from "../../src/simulator/commands/help.ts";
import { Version } from "../../src/simulator/version.ts";
import { A, B, Controller, dial, world } from "./support.ts";

const ALL = ["2.3.18", "2.4.12", "2.5.9", "2.6.0", "2.6.14", "2.7.0", "2.7.2"];

test("Each version greets with the number of its protocol", () => {
  const numbers = ALL.map((version) => {
    const client = world({ version });
    client.controller.leave();
    return /Version (\d)/.exec(new Controller(client.daemon.slot).heard()[0] ?? "")?.[1];
  });
  expect(numbers).toEqual(["1", "1", "3", "4", "5", "5", "6"]);
});

test("Versions are compared by their parts", () => {
  expect(new Version("2.6.14").atLeast("2.6.2")).toBe(true);
  expect(new Version("2.6").atLeast("2.6.0")).toBe(true);
  expect(new Version("2.5.11").atLeast("2.6.0")).toBe(false);
  expect(new Version("2.7_rc1").atLeast("2.6.20")).toBe(true);
});

test("`version n` is taken since 2.5 and acknowledged from 4 on since 2.7.1", () => {
  const replies = (version: string): string[] => {
    const { controller } = world({ version });
    controller.send("version 3", "version 4");
    return controller.heard();
  };
  expect(replies("2.4.12").filter((line) => line === "Management Version: 1")).toHaveLength(2);
  expect(replies("2.6.14")).toEqual([]);
  expect(replies("2.7.2")).toEqual(["SUCCESS: Management client version set to 4"]);
});

test("Holds tell their seconds since 2.4, and answer a signal they refuse since 2.5.8", () => {
  const refused = (version: string): string[] => {
    const { controller } = world({ version });
    controller.send("signal SIGHUP");
    return controller.heard();
  };
  const error = "ERROR: signal 'SIGHUP' is currently ignored";
  expect(refused("2.3.18")).toEqual([">HOLD:Waiting for hold release"]);
  expect(refused("2.5.7")).toEqual([">HOLD:Waiting for hold release:0"]);
  expect(refused("2.5.8")).toEqual([error, ">HOLD:Waiting for hold release:0"]);
});

test("2.3 asks for the remote and then for the proxy, later versions for the remote only", () => {
  const asked = (version: string): string[] => {
    const client = world({ version, remotes: [B], queryProxy: true });
    dial(client);
    return client.controller.heard().filter((line) => /^>(REMOTE|PROXY)/.test(line));
  };
  expect(asked("2.3.18")).toEqual([">REMOTE:192.0.2.2,443,tcp-client", ">PROXY:1,TCP,192.0.2.2"]);
  expect(asked("2.6.14")).toEqual([">REMOTE:192.0.2.2,443,tcp-client"]);
});

test("`remote SKIP n` passes over one entry before 2.6", () => {
  const after = (version: string): string | undefined => {
    const client = world({ version, remotes: [A, B, A] });
    dial(client, "remote SKIP 2");
    return client.controller.heard().at(-1);
  };
  expect(after("2.5.9")).toBe(">REMOTE:192.0.2.2,443,tcp-client");
  expect(after("2.6.0")).toBe(">REMOTE:192.0.2.1,1194,udp");
});

test("STATE has no ports and no far end's address field before 2.4; old versions always fetch their settings", () => {
  const states = (version: string): string[] => {
    const client = world({ version, remotes: [A] }, ["up"]);
    dial(client);
    client.clock.advance(2_000);
    return client.controller.heard().filter((line) => /GET_CONFIG|CONNECTED/.test(line));
  };
  expect(states("2.3.18")).toEqual([">STATE:GET_CONFIG,,,", ">STATE:CONNECTED,SUCCESS,10.8.0.6,192.0.2.1"]);
  expect(states("2.6.14")).toEqual([">STATE:CONNECTED,SUCCESS,10.8.0.6,192.0.2.1,1194,,"]);
});

test("Byte counts go on for the next controller up to 2.6.19", () => {
  const counts = (version: string): number => {
    const client = world({ version, remotes: [A] }, ["up"]);
    dial(client);
    client.controller.send("bytecount 1");
    client.clock.advance(1_000);
    client.controller.leave();
    const next = new Controller(client.daemon.slot);
    client.clock.advance(3_000);
    return next.heard().filter((line) => line.startsWith(">BYTECOUNT")).length;
  };
  expect([counts("2.6.19"), counts("2.6.20")]).toEqual([3, 0]);
});

test("A command that a version lacks is unknown to it, and 2.7 repeats it", () => {
  const unknown = (version: string, command: string): string[] => {
    const { controller } = world({ version });
    controller.send(command);
    return controller.heard();
  };
  expect(unknown("2.5.9", "remote-entry-count")).toEqual([
    "ERROR: unknown command, enter 'help' for more options",
  ]);
  expect(unknown("2.7.0", "bogus")).toEqual([
    "ERROR: unknown command [bogus], enter 'help' for more options",
  ]);
  expect(unknown("2.7.0", "client-pf 0")).toEqual([
    "ERROR: unknown command [client-pf], enter 'help' for more options",
  ]);
});

test("Help names only commands that the version has", () => {
  for (const version of ALL.map((text) => new Version(text))) {
    const named = helpText(version).flatMap(
      (line) => /^([a-z][\w-]*)(?:\|([a-z]+))? /.exec(line)?.slice(1) ?? [],
    );
    const unknown = named.filter((name) => name && specOf(name, version) === undefined);
    expect(unknown, version.text).toEqual([]);
  }
});

test("A client has a handler for each command but a server's, and what both have is the same", () => {
  const names = Object.entries(COMMANDS).filter(([, { mode }]) => mode !== "server");
  expect(Object.keys(clientCommands).toSorted()).toEqual(names.map(([name]) => name).toSorted());
  const both = Object.entries(COMMANDS).filter(([, { mode }]) => mode === "both");
  expect(Object.keys(common).toSorted()).toEqual(both.map(([name]) => name).toSorted());
});
