import type { Dial, Entry, Family, Question } from "./dial.ts";

/** `remote MOD` takes at most this many characters of a host. */
const LONGEST_HOST = 79;

/** Where somebody wants to go. `listed`: only by ACCEPT and SKIP, not by MOD. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly proto: string;
  readonly listed?: boolean;
}

export type Reach =
  | { readonly kind: "accept" }
  | { readonly kind: "mod"; readonly host: string; readonly port: number }
  | { readonly kind: "skip"; readonly count: number }
  | { readonly kind: "unreachable"; readonly why: string };

/**
 * The next answer on the way from the entry that is asked to a target: ACCEPT when it is the target; MOD when protocol and
 * family are the same; else a SKIP to a listed entry, also where OpenVPN would dial what it has resolved before. Never a skip that ends OpenVPN. Each question costs a second, so MOD goes before SKIP.
 */
export function reach(dial: Dial, question: Question, target: Target): Reach {
  // What OpenVPN holds resolved is dialled whatever is answered: naming another place would blame that one.
  const elsewhere = dial.held !== undefined && !isTarget(dial.held, target);
  if (isTarget(question, target) && !elsewhere) return { kind: "accept" };
  const free = !dial.holds || (dial.held !== undefined && !elsewhere);
  if (free && canModify(question, target)) return { kind: "mod", host: target.host, port: target.port };
  const direct = skipTo(dial, (entry) => isTarget(entry, target));
  if (direct !== undefined) return { kind: "skip", count: direct };
  // Another entry, on which MOD can name the target; right after a session that may be this one, one round later.
  const other = skipTo(dial, (entry) => canModify(entry, target));
  if (other !== undefined) return { kind: "skip", count: other };
  return { kind: "unreachable", why: whyNot(dial, target) };
}

/** Why no entry of the list ever leads to the target; undefined when one does or the list is not known. */
export function unreachable(dial: Dial, target: Target): string | undefined {
  if (!dial.entries) return undefined;
  const reachable = dial.entries.some(
    (entry) => entry.enabled && (isTarget(entry, target) || canModify(entry, target)),
  );
  return reachable ? undefined : whyNot(dial, target);
}

function isTarget(entry: Target, target: Target): boolean {
  return entry.host === target.host && entry.port === target.port && entry.proto === target.proto;
}

/** MOD keeps the protocol and the address family of the entry. */
function canModify(entry: Question, target: Target): boolean {
  if (target.listed || entry.proto !== target.proto || target.host.length > LONGEST_HOST) return false;
  const literal = literalFamily(target.host);
  return entry.family === "any" || literal === undefined || literal === entry.family;
}

/** The family of an address; undefined for a name. */
function literalFamily(host: string): Family | undefined {
  if (host.includes(":")) return "6";
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? "4" : undefined;
}

/** How many entries to skip, disabled ones counted, to the nearest that suits; undefined when none can be skipped to. */
function skipTo(dial: Dial, suits: (entry: Entry) => boolean): number | undefined {
  const list = dial.known;
  const here = dial.position;
  if (!dial.entries || here === undefined) return blindSkip(dial, suits);
  for (let count = 1; count <= list.length; count++) {
    const entry = list[(here + count) % list.length];
    if (!entry?.enabled || !suits(entry)) continue;
    if (dial.skipIsFatal(count)) return undefined;
    return count;
  }
  return undefined;
}

/** A list that OpenVPN cannot tell is walked one by one, as long as that is safe. */
function blindSkip(dial: Dial, suits: (entry: Entry) => boolean): number | undefined {
  return dial.known.some(suits) && !dial.skipIsFatal(1) ? 1 : undefined;
}

function whyNot(dial: Dial, target: Target): string {
  if (target.host.length > LONGEST_HOST)
    return `its host is longer than ${LONGEST_HOST} characters, and no entry names it`;
  const protocols = new Set<string>(dial.known.filter((entry) => entry.enabled).map((entry) => entry.proto));
  if (!protocols.has(target.proto)) return `no entry of OpenVPN's list uses ${target.proto}`;
  return `no entry of OpenVPN's list leads to it by ${target.proto}`;
}
