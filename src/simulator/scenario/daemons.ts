import { z } from "zod";
import { PROTOCOLS } from "../server/endpoint.ts";
import { address, bytes, duration, ip, rates, remote, version } from "./values.ts";

/** What daemons of both kinds have. */
const COMMON = {
  version: version.default("2.6.14"),
  management: address.optional(),
  dials: address.optional(),
  "management-password": bytes.optional(),
  "management-signal": z.boolean().default(false),
  hold: z.boolean().optional(),
  "remap-usr1": z.enum(["SIGHUP", "SIGTERM"]).optional(),
  pid: z.int().positive().optional(),
};

const seconds = duration.transform((value) => value / 1000);

export const serverSchema = z.strictObject({
  mode: z.literal("server"),
  ...COMMON,
  "client-auth": z.boolean().default(true),
  "auth-user-pass-optional": z.boolean().default(false),
  "duplicate-cn": z.boolean().default(false),
  proto: z.enum(PROTOCOLS).default("udp"),
  port: z.int().min(1).max(65_535).default(1194),
  address: ip.default("10.8.0.1"),
  pool: ip.default("10.8.0.2"),
  "pool-size": z.int().positive().default(252),
  ipv6: z.boolean().default(false),
  push: z.array(bytes).optional(),
  keepalive: z.tuple([seconds, seconds]).default([10, 60]),
  "hand-window": seconds.default(60),
  "reneg-sec": seconds.default(3_600),
  dco: z.boolean().default(false),
  "status-version": z.int().min(1).max(3).default(1),
});

const challenge = z.strictObject({
  text: bytes,
  echo: z.boolean().default(false),
});

/** What the client's server wants of logins. */
const demands = z.strictObject({
  users: z.record(bytes, bytes).optional(),
  "static-answer": bytes.optional(),
  challenge: challenge.extend({ answer: bytes }).optional(),
  pending: z.strictObject({ info: bytes, answer: bytes.optional(), wait: duration }).optional(),
  reason: bytes.optional(),
  delay: duration.default(0),
  push: z
    .strictObject({
      echo: z.array(bytes).optional(),
      token: bytes.optional(),
      address: ip.optional(),
      address6: ip.optional(),
      routes: z.boolean().optional(),
    })
    .optional(),
});

export const clientSchema = z.strictObject({
  mode: z.literal("client"),
  ...COMMON,
  remotes: z.array(remote).min(1),
  "query-remote": z.boolean().default(true),
  "query-proxy": z.boolean().default(false),
  "management-forget-disconnect": z.boolean().default(false),
  "up-down": z.boolean().default(false),
  "exit-notify": z.int().min(0).default(0),
  "connect-timeout": duration.default(120_000),
  "ping-restart": duration.default(60_000),
  "connect-retry": z.tuple([seconds, seconds]).default([1, 300]),
  "auth-retry": z.enum(["none", "nointeract", "interact"]).default("none"),
  auth: z
    .strictObject({
      challenge: challenge.extend({ concat: z.boolean().default(false) }).optional(),
      nocache: z.boolean().default(false),
      "name-only": z.boolean().default(false),
    })
    .optional(),
  "key-password": bytes.optional(),
  echo: z.array(bytes).default([]),
  handshake: duration.default(50),
  traffic: rates.default({ in: 0, out: 0 }),
  server: demands.default({ delay: 0 }),
});

export type ServerSpec = z.output<typeof serverSchema>;
export type ClientSpec = z.output<typeof clientSchema>;
