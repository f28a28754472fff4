import { EVENTS } from "./events.ts";

const OWN_EVENT = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;

/** Whether a rule, a plugin or a person may raise an event of this name: lowercase words joined by dots, and none of the engine's. */
export function isOwnEvent(name: string): boolean {
  return OWN_EVENT.test(name) && !Object.hasOwn(EVENTS, name);
}

export const OWN_EVENT_EXPECTED =
  "an event of one's own is lowercase with a dot, such as my.event, and none that the engine raises";
