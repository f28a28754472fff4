import type { ModeName } from "../modes.ts";
import { type Client, type ClientSetup, type Link, type Said, says, type Subject } from "../subject.ts";

/** A conversation that moves a daemon. */
export interface Case {
  readonly title: string;
  /** Rows of the table of commands that cannot stand there, as they move the daemon: where, and what is sent. */
  readonly covers?: readonly (readonly [mode: ModeName, ...sends: readonly string[]])[];
  /** Types of notifications that come of it; the suite looks whether they did. */
  readonly provokes?: readonly string[];
  readonly run: (subject: Subject) => Promise<void>;
}

export const HOLD = />HOLD:Waiting for hold release:\d+$/;
/** A handshake that takes more than a second, as on a busy machine, has one state more. */
export const SLOW: Said = { some: /,GET_CONFIG,/ };
export const LOGIN = ">PASSWORD:Need 'Auth' username/password";

/** A state, as a notification or in the history; `ends` are the fields behind the tunnel's own address. */
export function state(name: string, detail = "", tunnel = "", ends = ",,,"): RegExp {
  return new RegExp(`^(>STATE:)?\\d{10},${name},${detail},${tunnel},${ends}$`);
}

/** A client with its controller, who hears of its states. */
export async function started(
  subject: Subject,
  setup: ClientSetup,
  first?: RegExp,
): Promise<{ client: Client; link: Link }> {
  const client = await subject.client(setup);
  const link = await client.controller();
  await link.sees(/^>INFO:/);
  if (first) await link.sees(first);
  await link.ask("state on\n");
  return { client, link };
}

/** Asserts what comes of some bytes, up to and with the last of it. */
export async function leads(link: Link, bytes: string, ...wanted: readonly Said[]): Promise<void> {
  const from = link.lines.length;
  link.write(bytes);
  const last = wanted.at(-1) ?? "";
  if (typeof last === "string") await link.sees(exactly(last), from);
  else if (last instanceof RegExp) await link.sees(last, from);
  says(link.lines.slice(from), ...wanted);
}

export function exactly(line: string): RegExp {
  return new RegExp(`^${line.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`);
}

const TUNNEL = "[\\d.]+";
export const CONNECTED = state("CONNECTED", "SUCCESS", TUNNEL, "127\\.0\\.0\\.1,\\d+,,");
/** Of a client that is let in. */
export const LET_IN = [state("AUTH"), SLOW, state("ASSIGN_IP", "", TUNNEL), CONNECTED] as const;

export function done(command: string): string {
  return `SUCCESS: ${command} command succeeded`;
}

export function entered(type: string, field: string): string {
  return `SUCCESS: '${type}' ${field} entered, but not yet verified`;
}
