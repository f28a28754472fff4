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
