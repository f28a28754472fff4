import type { Version } from "../version.ts";
import type { Endpoint } from "./endpoint.ts";
import { realAddress } from "./endpoint.ts";
import type { Roster } from "./roster.ts";
import type { ServerSettings } from "./server-options.ts";
import type { Session } from "./session.ts";

/** What the parts of a server know of the whole. */
export interface ServerHost {
  readonly settings: ServerSettings;
  readonly version: Version;
  /** Since the epoch. */
  readonly seconds: number;
  readonly envFilter: number;
  readonly roster: Roster;
  /** A line to the controller. */
  say(line: string): void;
  /** A line for the log, with its flags. */
  note(flags: string, text: string): void;
}

/** A client's address as this server shows it. */
export function shown(host: ServerHost, endpoint: Endpoint): string {
  return realAddress(endpoint, host.settings.protocol, host.version);
}

/** A line for the log that is about one client. */
export function noteOf(host: ServerHost, session: Session, flags: string, text: string): void {
  const address = shown(host, session.visitor.endpoint);
  host.note(flags, `${session.named ? `${session.commonName}/` : ""}${address} ${text}`);
}

/** Local time without a zone; simulated machines are at UTC. */
export function localTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}
