import { attempt } from "./constructors/attempt.ts";
import { clients } from "./constructors/clients.ts";
import { credentials } from "./constructors/credentials.ts";
import { daemon } from "./constructors/daemon.ts";
import { histories } from "./constructors/history.ts";

/**
 * Every command of OpenVPN 2.1 to 2.7 as a function: `command.remote.mod("vpn.example.net", 1194)`. What it gives is sent by a client and
 * checked by the encoder; which versions have it tells `supported`, what it may do to OpenVPN now `refusal`.
 */
export const command: typeof daemon &
  typeof histories &
  typeof attempt &
  typeof credentials &
  typeof clients = {
  ...daemon,
  ...histories,
  ...attempt,
  ...credentials,
  ...clients,
};
