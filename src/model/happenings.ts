import type { Notification } from "../protocol/notification.ts";
import { envOf } from "./client.ts";
import type { Happening } from "./event.ts";

const LEVELS: readonly (readonly [flag: string, level: string])[] = [
  ["F", "fatal"],
  ["N", "error"],
  ["W", "warn"],
  ["I", "info"],
  ["D", "debug"],
];

/** Notifications that mean the same whatever went before. */
export type Stateless = Exclude<
  Notification,
  | {
      readonly type: "STATE" | "BYTECOUNT" | "BYTECOUNT_CLI" | "REMOTE" | "PASSWORD:NEED" | "PASSWORD:FAILED";
    }
  | { readonly type: `CLIENT:${string}` }
>;

/** A notification as rules see it; undefined when it raises nothing. */
export function happeningOf(notification: Stateless): Happening | undefined {
  const { type } = notification;
  switch (notification.type) {
    case "INFO":
    case "FATAL":
    case "ECHO":
    case "INFOMSG":
      return { type, fields: { text: notification.text } };
    case "LOG":
      return logged(notification.flags, notification.text);
    case "HOLD":
      return { type, fields: { wait: notification.wait } };
    case "PROXY": {
      const { host, index, proto } = notification;
      return { type, fields: { host, port: 0, proto: proto.toLowerCase(), index, synthetic: false } };
    }
    case "PASSWORD:TOKEN":
      return { type, fields: { realm: "Auth" } };
    case "NEED-OK":
    case "NEED-STR":
      return { type, fields: { name: notification.name, message: notification.message } };
    case "NEED-CERTIFICATE":
      return { type, fields: { hint: notification.hint } };
    case "RSA_SIGN":
      return { type, fields: { data: notification.data, algorithm: "" } };
    case "PK_SIGN":
      return { type, fields: { data: notification.data, algorithm: notification.algorithm } };
    case "NOTIFY": {
      const { severity, kind, text } = notification;
      return { type, fields: { severity, kind, text } };
    }
    case "UPDOWN":
      return { type, fields: { up: notification.up, env: envOf(notification.env) } };
    case "OTHER":
      return { type, fields: { name: notification.name, text: notification.text } };
  }
}

function logged(flags: string, text: string): Happening | undefined {
  // Our own commands come back as log lines; as events they would let rules trigger themselves.
  if (text.startsWith("MANAGEMENT: CMD ")) return undefined;
  const level = LEVELS.find(([flag]) => flags.includes(flag))?.[1] ?? "notice";
  return { type: "LOG", fields: { level, text } };
}
