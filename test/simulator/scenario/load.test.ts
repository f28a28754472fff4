import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadScenario } from "../../../src/simulator/scenario/load.ts";

const FOLDER = new URL("../../../docs/scenarios/", import.meta.url);

function problems(text: string): string[] {
  const loaded = loadScenario(text);
  if ("scenario" in loaded) return [];
  return loaded.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const SERVER = "daemon: { mode: server }\n";
const CLIENT = "daemon: { mode: client, remotes: [vpn1.example.net] }\n";

test.each(readdirSync(FOLDER))("The shipped scenario %s is in order", (name) => {
  expect(problems(readFileSync(new URL(name, FOLDER), "utf8"))).toEqual([]);
});

test("The least of a scenario is its daemon", () => {
  expect(problems(SERVER)).toEqual([]);
  expect(problems(CLIENT)).toEqual([]);
  expect(problems("")).toEqual([expect.stringMatching(/^1:1: /)]);
  expect(problems("seed: 1\n")).toHaveLength(1);
});

test.each([
  ["daemon: { mode: srever }\n", "1:17: mode: client or mode: server was expected"],
  ["daemon: { mode: server, versoin: 2.6 }\n", "1:25: unknown key 'versoin'; did you mean 'version'?"],
  [
    'daemon: { mode: server, version: "2.2" }\n',
    "1:34: '2.2' is not a version of OpenVPN from 2.3 to 2.7, as in 2.6.14",
  ],
  [`${SERVER}lasts: 5 minutes\n`, "2:8: '5 minutes' is not a duration such as 500ms, 30s, 5m"],
  [`${SERVER}event: []\n`, "2:1: unknown key 'event'; did you mean 'events'?"],
  [`${SERVER}network: { "a:1/udp": up }\n`, "2:1: Only clients meet a network"],
  [`${CLIENT}clients: { a: {} }\n`, "2:1: Only a server has clients"],
  [`${CLIENT}network: { vpn1: up }\n`, "2:12: 'vpn1' is not a place such as vpn1.example.net:1194/udp"],
  [`${CLIENT}events: [{ at: 1s, come: a }]\n`, "2:20: A client has no 'come'"],
  [`${SERVER}events: [{ at: 1s, reset: "" }]\n`, "2:20: A server has no 'reset'"],
  [`${SERVER}events:\n  - say: hello\n`, "3:5: An event needs at: or every:"],
  [
    `${SERVER}clients: { alice: {} }\nevents: [{ at: 1s, go: alcie }]\n`,
    "3:24: There is no client 'alcie'; did you mean 'alice'?",
  ],
  [`${SERVER}clients:\n  alice:\n    usernam: a\n`, "4:5: unknown key 'usernam'; did you mean 'username'?"],
  [`${SERVER}clients: { a: { traffic: { in: 10 } } }\n`, "2:32: a rate such as 10kB/s was expected"],
  [
    `${SERVER}clients: { a: { at: 2s..1s } }\n`,
    "2:21: '2s..1s' is not a duration such as 30s, or one between two as in 10s..1m",
  ],
  [
    `${SERVER}events: [{ at: 1s, signal: SIGKILL }]\n`,
    '2:28: Invalid option: expected one of "SIGUSR2"|"SIGUSR1"|"SIGHUP"|"SIGTERM"|"SIGINT"',
  ],
  [
    "daemon: { mode: client, remotes: [a b c d] }\n",
    "1:35: 'a b c d' is not a remote such as 'vpn1.example.net 1194 udp'",
  ],
  [
    "daemon: { mode: server, management: here, dials: unix:/tmp/x }\n",
    "1:37: Address here: unix:PATH or tcp:HOST:PORT was expected",
  ],
  ["daemon: { mode: server\n", expect.stringMatching(/^2:1: Flow map/)],
])("A mistake is told with its place: %j", (text, expected) => {
  expect(problems(text)).toEqual([expected]);
});

test("All mistakes are told at once, in the order of the text", () => {
  expect(problems("seed: x\ndaemon: { mode: server, hold: 1 }\nlasts: soon\n")).toEqual([
    expect.stringMatching(/^1:7: /),
    expect.stringMatching(/^2:31: /),
    expect.stringMatching(/^3:8: /),
  ]);
});
