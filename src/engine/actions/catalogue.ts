import type { ActionDefinition } from "../../plugin/contract.ts";
import { authRetry, hold, management, signal, verb } from "./daemon.ts";
import { emit, forgive, increment, notify, penalize, set } from "./state.ts";

/** The built-in actions by the name that rules use. */
// oxlint-disable-next-line typescript/no-explicit-any -- each entry has a parameter type of its own
export const builtinCatalogue: Readonly<Record<string, ActionDefinition<any>>> = {
  notify,
  signal,
  hold,
  "auth-retry": authRetry,
  verb,
  management,
  emit,
  set,
  increment,
  penalize,
  forgive,
};
