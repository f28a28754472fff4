import { isMap, isScalar, type Node } from "yaml";
import type { Answer } from "../../answer.ts";
import { duration, list, number, pairsOf, text } from "../shape.ts";
import { asWritten } from "../words.ts";
import {
  allowShape,
  denyShape,
  pendingShape,
  plainDeny,
  readAllow,
  readDeny,
  readPending,
} from "./client.ts";
import { fits } from "./fits.ts";
import { readRelease, releaseShape } from "./hold.ts";
import { readPluginAnswer } from "./plugin.ts";
import { budgetShape, credentialsShape, readCredentials } from "./login.ts";
import { httpShape, modShape, readFrom, readMod, readProxy, socksShape } from "./remote.ts";
import type { AnswerSite } from "./site.ts";
import { readParameter } from "./text.ts";
import { certificateShape, readCertificate, readSign, signShape } from "./tls.ts";

/** The answers that stand by themselves. */
const PLAIN: Readonly<Record<string, (site: AnswerSite) => Answer>> = {
  release: () => ({ kind: "release" }),
  keep: () => ({ kind: "keep" }),
  accept: () => ({ kind: "accept" }),
  skip: () => ({ kind: "skip", count: 1 }),
  none: () => ({ kind: "none" }),
  ok: () => ({ kind: "ok" }),
  cancel: () => ({ kind: "cancel" }),
  refuse: () => ({ kind: "refuse" }),
  allow: () => ({ kind: "allow", config: [] }),
  deny: ({ by }) => plainDeny(by),
};

/** What may stand beside an answer. */
const OPTIONS = ["timeout", "else", "budget"];

const skipCount = number({ min: 1, max: 1000 });
const argv = list(text, { min: 1 });

export const answerSchema = {
  anyOf: [
    { enum: Object.keys(PLAIN) },
    {
      type: "object",
      properties: {
        release: releaseShape.schema,
        skip: skipCount.schema,
        mod: modShape.schema,
        from: text.schema,
        http: httpShape.schema,
        socks: socksShape.schema,
        string: text.schema,
        credentials: credentialsShape.schema,
        budget: budgetShape.schema,
        sign: signShape.schema,
        certificate: certificateShape.schema,
        allow: allowShape.schema,
        deny: denyShape.schema,
        pending: pendingShape.schema,
        exec: argv.schema,
        timeout: duration().schema,
        else: {},
      },
    },
  ],
};

/** An answer: a name, or a map with one answer key, and with `exec` and plugins also timeout and else. */
export function readAnswer(node: unknown, site: AnswerSite): Answer | undefined {
  const { context } = site;
  const found = context.resolve(node);
  if (isScalar(found)) return readPlain(asWritten(found), found, site);
  if (!isMap(found)) return context.error(node, "An answer was expected: a name, or a map with one answer");
  const pairs = pairsOf(found, context);
  const kinds = pairs.filter(([name]) => !OPTIONS.includes(name));
  const [kind, second] = kinds;
  if (!kind) return context.error(found, "An answer was expected");
  if (second) context.error(second[1].key, "A rule gives one answer");
  const [name, pair] = kind;
  const budget = pairs.find(([key]) => key === "budget");
  if (budget && name !== "credentials") context.error(budget[1].key, "'budget' goes with credentials");
  const beside = budget?.[1].value as Node | undefined;
  const answer = readKind(name, pair.key as Node, pair.value as Node, site, beside);
  const outside = name === "exec" || name.includes(".");
  const timeout = pairs.find(([key]) => key === "timeout");
  const otherwise = pairs.find(([key]) => key === "else");
  if (!outside) {
    for (const extra of [timeout, otherwise])
      if (extra) context.error(extra[1].key, `'${extra[0]}' goes with exec and with a plugin's answer`);
    return answer;
  }
  const within = timeout && duration({ min: 1 }).read(timeout[1].value, context);
  const fallback = otherwise && readAnswer(otherwise[1].value, site);
  if (!timeout || !otherwise) return context.error(pair.key, `${name} needs timeout and else`);
  if (within === undefined || !fallback || !answer) return undefined;
  return { ...answer, timeout: within, otherwise: fallback } as Answer;
}

function readPlain(name: string, node: Node, site: AnswerSite): Answer | undefined {
  if (!fits(name, node, site)) return undefined;
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  return plain ? plain(site) : site.context.error(node, `answer '${name}' needs a value`);
}

/** The answer without timeout and else. */
function readKind(
  name: string,
  key: Node,
  value: Node,
  site: AnswerSite,
  budget: Node | undefined,
): Answer | undefined {
  const { context } = site;
  if (!fits(name, key, site)) return undefined;
  switch (name) {
    case "release":
      return readRelease(value, site);
    case "skip": {
      const count = skipCount.read(value, context);
      return count === undefined ? undefined : { kind: "skip", count };
    }
    case "mod":
      return readMod(value, site);
    case "from":
      return readFrom(value, site);
    case "http":
    case "socks":
      return readProxy(name, value, site);
    case "string": {
      const string = readParameter(value, site);
      return string && { kind: "string", text: string };
    }
    case "credentials":
      return readCredentials(value, site, budget);
    case "sign":
      return readSign(value, site);
    case "certificate":
      return readCertificate(value, site);
    case "allow":
      return readAllow(value, site);
    case "deny":
      return readDeny(value, site);
    case "pending":
      return readPending(value, site);
    case "exec": {
      const program = argv.read(value, context);
      return program && ({ kind: "exec", argv: program } as unknown as Answer);
    }
    default:
      return Object.hasOwn(PLAIN, name)
        ? context.error(value, `answer '${name}' takes no value`)
        : readPluginAnswer(name, value, site);
  }
}
