import type { Fields } from "../cel/types.ts";
import { field, number, optional, size, text, time } from "./kinds.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import type { EventSpec } from "./spec.ts";

/** Fields of every event. */
export const COMMON_FIELDS: Fields = {
  type: field(text, "the event's name"),
  at: field(time, "when it happened"),
  suppressed: optional(number, "with `throttle: { then: digest }`: firings held back since the last one"),
};

const candidateFields: Fields = {
  group: field(text, "the remotes group, empty outside any"),
  host: field(text, "the candidate's host"),
  port: field(number, "its port"),
  proto: field(text, "udp or tcp"),
  reason: field(text, "why, as OpenVPN says it"),
  failures: field(number, "failed attempts in a row"),
  until: optional(time, "end of the penalty"),
};

const proxyFields: Fields = {
  ...candidateFields,
  group: field(text, "the group of proxies, empty outside any"),
  host: field(text, "the proxy's host"),
  proto: field(text, "http or socks"),
};

const accountFields: Fields = {
  quota: field(text, "the quota"),
  subject: field(text, "the account"),
  level: field(text, "as in warn-at, such as 80%; 100% for the limit"),
  used: field(size, "used in this period"),
  limit: optional(size, "what may be used in it; absent where it cannot be told"),
  fraction: field(number, "the part that is used, 1 for all"),
  resets_at: optional(time, "when the use begins anew; absent where it never does"),
};

const accountEvent = { account: true, global: true, fields: accountFields } as const;

const daemonEvent: Fields = { reason: field(text, "why") };

/** Every event that rules can name; own events aside. */
export const EVENTS: { readonly [name: string]: EventSpec } = {
  ...NOTIFICATIONS,
  "daemon.attached": { about: "the management interface is ours", fields: daemonEvent },
  "daemon.lost": { about: "the management connection ended", fields: daemonEvent },
  "daemon.blocked": { about: "another manager holds the interface", fields: daemonEvent },
  "remote.connected": { about: "an attempt reached CONNECTED", fields: candidateFields },
  "remote.failed": { about: "an attempt or a connection failed", fields: candidateFields },
  "remote.penalized": { about: "a candidate is left out for a while", fields: candidateFields },
  "remote.recovered": { about: "a penalty ended", fields: candidateFields },
  "remote.exhausted": { about: "every candidate of a group is penalized", fields: candidateFields },
  "proxy.connected": { about: "an attempt by a proxy reached CONNECTED", fields: proxyFields },
  "proxy.failed": {
    about: "an attempt failed at its proxy; reason credentials: it refuses the password again and again",
    fields: proxyFields,
  },
  "proxy.penalized": { about: "a proxy is left out for a while", fields: proxyFields },
  "proxy.recovered": { about: "a proxy's penalty ended", fields: proxyFields },
  "proxy.exhausted": { about: "no proxy of a group may be used", fields: proxyFields },
  "quota.warned": { ...accountEvent, about: "an account reached a level; once in a period" },
  "quota.exceeded": { ...accountEvent, about: "an account reached its limit; once in a period" },
  "quota.reset": { ...accountEvent, about: "an account of which a level was told begins anew" },
  "quota.blind": {
    ...accountEvent,
    about: "the reports of a session stand still (DCO): it is counted by the list of clients, or cannot be",
  },
  "window.opened": { global: true, about: "a window began", fields: { window: field(text, "its name") } },
  "window.closed": { global: true, about: "a window ended", fields: { window: field(text, "its name") } },
  schedule: { about: "a cron time came", fields: {} },
  "file.changed": { about: "a file changed", fields: { path: field(text, "the file") } },
  "action.failed": {
    about: "an action failed",
    fields: {
      rule: field(text, "the rule that ran it"),
      action: field(text, "the action"),
      error: field(text, "gone, refused, timeout, invalid or failed"),
    },
  },
};
