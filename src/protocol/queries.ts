import type { Notification } from "./notification.ts";

/** Questions of OpenVPN itself, each answered by a command; PASSWORD:NEED by two, where it asks for a name as well. */
const DAEMON_QUERIES = [
  "HOLD",
  "REMOTE",
  "PROXY",
  "PASSWORD:NEED",
  "NEED-OK",
  "NEED-STR",
  "NEED-CERTIFICATE",
  "RSA_SIGN",
  "PK_SIGN",
] as const satisfies readonly Notification["type"][];

/** A question of OpenVPN itself, by notification: it has one open at a time. */
export type DaemonQuery = (typeof DAEMON_QUERIES)[number];

const TYPES: ReadonlySet<string> = new Set(DAEMON_QUERIES);

/** Whether OpenVPN waits for an answer to it. */
export function isDaemonQuery(type: string): type is DaemonQuery {
  return TYPES.has(type);
}
