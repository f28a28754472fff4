import type { Query } from "../answer.ts";
import type { Position, Rulebook } from "../rulebook.ts";
import { readAnswer } from "./answers/answer.ts";
import { section } from "./sections.ts";
import { unknownKey } from "./shape.ts";
import type { Part, World } from "./world.ts";

/** What is answered where no rulebook says otherwise. */
const BUILT_IN: Rulebook["defaults"] = {
  HOLD: { kind: "release" },
  REMOTE: { kind: "accept" },
  PROXY: { kind: "none" },
  "PASSWORD:NEED": { kind: "park" },
  "NEED-OK": { kind: "cancel" },
  "NEED-STR": { kind: "park" },
  "NEED-CERTIFICATE": { kind: "park" },
  RSA_SIGN: { kind: "park" },
  PK_SIGN: { kind: "park" },
};

/** The queries that `defaults:` may name, and what is answered without it. */
export const DEFAULTS = {
  HOLD: "release",
  REMOTE: "accept",
  PROXY: "none",
  "PASSWORD:NEED": "left open, and said",
  "NEED-OK": "cancel",
  "NEED-STR": "left open, and said",
  "NEED-CERTIFICATE": "left open, and said",
  RSA_SIGN: "left open, and said",
  PK_SIGN: "left open, and said",
  "CLIENT:CONNECT": "deny; needed where a rule is on it, unless one always answers",
  "CLIENT:REAUTH": "deny; needed where a rule is on it, unless one always answers",
  "CLIENT:CR_RESPONSE": "deny",
} as const satisfies { readonly [query in Query]?: string };

export interface Defaults {
  readonly answers: Rulebook["defaults"];
  /** Where the rulebook gives them. */
  readonly given: ReadonlyMap<string, Position>;
}

export function readDefaults(parts: readonly Part[], world: World): Defaults {
  let answers: Rulebook["defaults"] = BUILT_IN;
  const given = new Map<string, Position>();
  for (const part of parts)
    for (const [query, pair] of section(part, "defaults")) {
      const { context, directory } = part;
      if (!Object.hasOwn(DEFAULTS, query)) {
        context.error(pair.key, unknownKey(query, Object.keys(DEFAULTS), []));
        continue;
      }
      if (given.has(query)) context.error(pair.key, `the default of ${query} is given twice`);
      given.set(query, context.position(pair.key));
      const scope = world.eventScope([query]);
      const site = { context, directory, world, queries: [query], scope, by: "default" };
      const answer = readAnswer(pair.value, site);
      if (answer) answers = { ...answers, [query]: answer };
    }
  return { answers, given };
}
