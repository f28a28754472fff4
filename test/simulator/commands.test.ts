import { expect, test } from "vitest";
import { world } from "./support.ts";

test("Settings are kept for whoever asks", () => {
  const client = world();
  client.controller.send("verb 4", "verb", "mute -1", "mute 7", "mute", "auth-retry interact", "auth-retry");
  expect(client.controller.heard()).toEqual([
    "SUCCESS: verb level changed",
    "SUCCESS: verb=4",
    "ERROR: mute level is out of range",
    "SUCCESS: mute level changed",
    "SUCCESS: mute=7",
    "SUCCESS: auth-retry parameter changed",
    "SUCCESS: auth-retry=interact",
  ]);
});

test("A server's commands are refused, but their arguments are looked at and their blocks taken", () => {
  const { controller } = world();
  controller.send("client-auth 0 0", "pid", "END", "client-auth a 0", "client-kill 1abc", "client-deny 0");
  expect(controller.heard()).toEqual([
    "ERROR: The 'client-auth' command is not supported by the current daemon mode",
    "ERROR: cannot parse CID",
    "ERROR: The 'client-kill' command is not supported by the current daemon mode",
    "ERROR: the 'client-deny' command requires at least 3 parameters",
  ]);
});
