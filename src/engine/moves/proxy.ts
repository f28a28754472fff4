import type { Command } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import { isPort, isProxyHost } from "../../rules/places.ts";
import type { Answer } from "../../rules/answer.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext, Place, Proxied } from "./context.ts";

export type ProxyAnswer = Extract<Answer, { kind: "none" | "http" | "socks" | "proxies" }>;

/** What is told OpenVPN of a proxy. */
export type Via =
  | {
      readonly kind: "via";
      readonly command: Command;
      readonly proxy: Proxied | undefined;
      readonly why: string;
    }
  /** The proxy leads to no UDP remote. */
  | { readonly kind: "unfit"; readonly why: string }
  | { readonly kind: "park"; readonly why: string; readonly until?: number };

/** OpenVPN itself asks which proxy to take. */
export function proxyMove(question: Question, answer: ProxyAnswer, context: MoveContext): Move {
  const via = viaOf(question, answer, question.event.fields["proto"] === "udp", context);
  // For a UDP remote an HTTP proxy is no answer at all: OpenVPN would wait for another one.
  if (via.kind === "unfit") throw new Error(via.why);
  if (via.kind === "park") return parked(via);
  const { proxy, why } = via;
  return {
    kind: "send",
    command: via.command,
    ...(why === "" ? {} : { why }),
    done: () => context.proxied(proxy),
  };
}

export function parked({ why, until }: Extract<Via, { kind: "park" }>): Move {
  return { kind: "park", why, loud: true, ...(until === undefined ? {} : { until }) };
}

/** Throws an Error for what OpenVPN would answer by going direct. */
export function viaOf(question: Question, answer: ProxyAnswer, udp: boolean, context: MoveContext): Via {
  const direct = (why: string): Via => ({
    kind: "via",
    command: command.proxy.none(),
    proxy: undefined,
    why,
  });
  if (answer.kind === "none") return direct("");
  if (answer.kind === "proxies") return fromGroup(question, answer.group, udp, context, direct);
  const env = context.env(question);
  const proxy = checked({
    host: answer.host.resolve(env),
    port: answer.port.resolve(env),
    proto: answer.kind,
  });
  if (udp && proxy.proto === "http") return { kind: "unfit", why: "An HTTP proxy leads to no UDP remote" };
  const nct = answer.kind === "http" && answer.nct;
  return { kind: "via", command: proxyCommand(proxy, nct), proxy, why: "" };
}

function fromGroup(
  { refused }: Question,
  name: string,
  udp: boolean,
  context: MoveContext,
  direct: (why: string) => Via,
): Via {
  const group = context.proxies(name);
  if (!group) throw new Error(`Unknown group '${name}'`);
  const choice = group.choose(context.daemon, udp, refused);
  switch (choice.kind) {
    case "direct":
      return direct(choice.why);
    case "none":
      context.exhausted(name, choice.why);
      return {
        kind: "park",
        why: `${choice.why}, and ${name} says never direct`,
        ...(choice.until === undefined ? {} : { until: choice.until }),
      };
    case "proxy": {
      const { host, port, proto, nct = false } = choice.candidate;
      const proxy = { ...checked({ host, port, proto: proto === "http" ? "http" : "socks" }), group: name };
      return { kind: "via", command: proxyCommand(proxy, nct), proxy, why: choice.why };
    }
  }
}

function proxyCommand({ host, port, proto }: Proxied, nct: boolean): Command {
  if (proto === "socks") return command.proxy.socks(host, port);
  return command.proxy.http(host, port, nct ? "nct" : undefined);
}

/** What a rule worked out, or a plugin gave. */
function checked(given: { host: unknown; port: unknown; proto: "http" | "socks" }): Proxied {
  const { host, port, proto } = given;
  if (!isProxyHost(host)) throw new Error("The host of the proxy is none, and OpenVPN would go direct");
  if (!isPort(port)) throw new Error("The port of the proxy is none, and OpenVPN would go direct");
  return { host: String(host), port: Number(port), proto };
}

/** Which proxy goes with this remote; `later`: a program or plugin is asked first. Undefined: nothing is said of it. */
export function viaFor(
  question: Question,
  target: Place,
  context: MoveContext,
): Via | Extract<Move, { kind: "later" }> | undefined {
  const ruled = context.proxyFor(question, target);
  if (!ruled) return undefined;
  const answer = question.proxy ?? ruled;
  switch (answer.kind) {
    case "none":
    case "http":
    case "socks":
    case "proxies":
      return viaOf(question, answer, target.proto === "udp", context);
    case "exec":
    case "plugin":
      return { kind: "later", about: "proxy", ask: () => context.consultProxy(question, target, answer) };
    default:
      throw new Error(`Answer '${answer.kind}' is not for PROXY`);
  }
}
