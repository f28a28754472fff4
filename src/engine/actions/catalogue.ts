import type { ActionDefinition } from "../../plugin/contract.ts";
import { clientDeny, clientKill, clientPf, kill, pushUpdate } from "./clients.ts";
import { authRetry, crResponse, forgetPasswords, hold, mute, signal, verb } from "./daemon.ts";
import { management } from "./management.ts";
import { log, status } from "./save.ts";
import { charge, emit, forgive, increment, notify, penalize, reset, set } from "./state.ts";

/** The built-in actions by the name that rules use. */
// oxlint-disable-next-line typescript/no-explicit-any -- each entry has a parameter type of its own
export const builtinCatalogue: Readonly<Record<string, ActionDefinition<any>>> = {
  notify,
  signal,
  "client-kill": clientKill,
  kill,
  "client-deny": clientDeny,
  hold,
  "auth-retry": authRetry,
  "forget-passwords": forgetPasswords,
  verb,
  mute,
  "push-update": pushUpdate,
  "client-pf": clientPf,
  "cr-response": crResponse,
  status,
  log,
  management,
  emit,
  set,
  increment,
  charge,
  reset,
  penalize,
  forgive,
};
