import { z } from "zod";
import { parseEndpoint } from "../../protocol/address.ts";
import { parseDuration } from "../../util/duration.ts";
import { parseIp } from "../../util/ip.ts";
import { parseSize } from "../../util/size.ts";
import type { Transport } from "../network.ts";

/** A text that `read` understands; `expected` says what it should have been. */
function text<T>(read: (value: string) => T | undefined, expected: string): z.ZodType<T> {
  return z.string({ error: `${expected} was expected` }).transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: `'${value}' is not ${expected}` });
    return z.NEVER;
  });
}

/** ms */
export const duration = text(parseDuration, "a duration such as 500ms, 30s, 5m");

/** A moment that is drawn anew each time: one duration, or one between two, ms. */
export interface Span {
  readonly least: number;
  readonly most: number;
}

export const span = text((value): Span | undefined => {
  const [first = "", last = first, ...more] = value.split("..").map((part) => part.trim());
  const [least, most] = [parseDuration(first), parseDuration(last)];
  return least === undefined || most === undefined || most < least || more.length > 0
    ? undefined
    : { least, most };
}, "a duration such as 30s, or one between two as in 10s..1m");

/** Bytes a second. */
const rate = text(
  (value) => (value.endsWith("/s") ? parseSize(value.slice(0, -2)) : undefined),
  "a rate such as 10kB/s",
);

/** As the daemon counts them: `in` is what it receives. */
export const rates = z.strictObject({ in: rate.default(0), out: rate.default(0) });

export const ip = text((value) => (parseIp(value) ? value : undefined), "an IP address");

export const version = text(
  (value) =>
    /^2\.[3-7](\.\d+)?$/.test(value) ? (value.split(".").length > 2 ? value : LATEST[value]) : undefined,
  "a version of OpenVPN from 2.3 to 2.7, as in 2.6.14",
);

/** The last of each line. */
const LATEST: Readonly<Record<string, string>> = {
  "2.3": "2.3.18",
  "2.4": "2.4.12",
  "2.5": "2.5.11",
  "2.6": "2.6.14",
  "2.7": "2.7.2",
};

export const address = z.string().transform((value, context) => {
  try {
    return parseEndpoint(value);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly proto: Transport;
}

export function parsePlace(value: string): Place | undefined {
  const [, host, port, proto] = /^(\S+):(\d{1,5})\/(udp|tcp)$/.exec(value) ?? [];
  if (host === undefined || proto === undefined) return undefined;
  return { host, port: Number(port), proto: proto as Transport };
}

/** Key of the network. */
export const place = z.string().refine((value) => parsePlace(value) !== undefined, {
  error: ({ input }) => `'${String(input)}' is not a place such as vpn1.example.net:1194/udp`,
});

/** A line of the configuration without the word `remote`. */
export const remote = text((value) => {
  const [host, port = "1194", proto = "udp", ...more] = value.split(/ +/);
  const known = /^(udp|tcp)[46]?(-client)?$/.test(proto);
  return host === undefined || host === "" || !/^\d{1,5}$/.test(port) || !known || more.length > 0
    ? undefined
    : {
        host,
        port: Number(port),
        proto: proto.startsWith("tcp") ? `${proto.replace("-client", "")}-client` : proto,
      };
}, "a remote such as 'vpn1.example.net 1194 udp'");

/** What goes over the wire: one character a byte. */
export const bytes = z.string().transform((value) => Buffer.from(value, "utf8").toString("latin1"));
