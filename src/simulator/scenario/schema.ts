import { z } from "zod";
import { SIGNALS } from "../signals.ts";
import { clientSchema, serverSchema } from "./daemons.ts";
import { bytes, duration, ip, place, rates, span, version } from "./values.ts";

const CONDITIONS = ["up", "refused", "silent", "unreachable", "unknown", "untrusted"] as const;

const network = z.record(place, z.enum(CONDITIONS));

/** A client of the server, or a crowd of them. */
const visitor = z.strictObject({
  count: z.int().positive().optional(),
  "common-name": bytes.optional(),
  username: bytes.optional(),
  password: bytes.default(""),
  ip: ip.optional(),
  version: version.default("2.6.14"),
  info: z.array(bytes).default([]),
  /** When it comes; never by itself unless said. */
  at: span.optional(),
  stays: span.optional(),
  away: span.optional(),
  traffic: rates.default({ in: 0, out: 0 }),
  obeys: z.boolean().default(true),
  "auth-retry": z.enum(["none", "nointeract"]).default("nointeract"),
  reconnect: duration.default(1_000),
  "exit-notify": z.boolean().default(false),
  renegotiate: duration.default(0),
  answer: z.string().optional(),
});

const names = z.union([z.string().transform((name) => [name]), z.array(z.string())]);

const event = z
  .strictObject({
    at: span.optional(),
    every: span.optional(),
    times: z.int().positive().optional(),
    say: z.string().optional(),
    signal: z.enum(SIGNALS).optional(),
    network: network.optional(),
    come: names.optional(),
    go: names.optional(),
    renegotiate: names.optional(),
    login: z.record(z.string(), z.strictObject({ username: bytes, password: bytes })).optional(),
    respond: z.record(z.string(), bytes).optional(),
    traffic: z.union([rates, z.record(z.string(), rates)]).optional(),
    reset: bytes.optional(),
    halt: bytes.optional(),
    deny: bytes.optional(),
  })
  .refine(({ at, every }) => at !== undefined || every !== undefined, "An event needs at: or every:");

export const scenarioSchema = z.strictObject({
  seed: z.int().default(1),
  lasts: duration.optional(),
  daemon: z.discriminatedUnion("mode", [clientSchema, serverSchema], {
    error: "mode: client or mode: server was expected",
  }),
  network: network.default({}),
  clients: z.record(z.string(), visitor).default({}),
  events: z.array(event).default([]),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type VisitorSpec = Scenario["clients"][string];
export type EventSpec = Scenario["events"][number];
