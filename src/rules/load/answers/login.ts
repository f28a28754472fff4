import { isMap, type Node } from "yaml";
import type { Answer, Given } from "../../answer.ts";
import { anything, number, table, text } from "../shape.ts";
import type { AnswerSite } from "./site.ts";
import { readParameter } from "./text.ts";

/** Attempts that may fail before nothing more is answered. */
const USUAL_BUDGET = 3;

export const budgetShape = number({ min: 1, max: 1000 });

const secretShape = table(
  { secret: { shape: text, required: true, about: "A name under secrets:" } },
  { what: "A secret" },
);

const given = {
  ...anything,
  expected: "text, or { secret: NAME }",
  schema: { anyOf: [{ type: ["string", "number", "boolean"] }, secretShape.schema] },
};

export const credentialsShape = table(
  {
    username: { shape: given, about: "The user name, as text or { secret: NAME }" },
    password: { shape: given, about: "The password, likewise" },
    otp: { shape: given, about: "What answers a challenge, such as a one-time code" },
    budget: { shape: budgetShape, about: "Refused logins in a row, after which nothing more is answered; 3" },
  },
  { what: "credentials" },
);

/** `besides`: the budget may stand beside the credentials as well. */
export function readCredentials(value: Node, site: AnswerSite, beside: Node | undefined): Answer | undefined {
  const { context } = site;
  const spec = credentialsShape.read(value, context);
  if (!spec) return undefined;
  if (!spec.has("username") && !spec.has("password") && !spec.has("otp"))
    context.error(spec.node, "credentials needs one of username, password and otp");
  if (beside && spec.has("budget")) context.error(beside, "The budget stands in the credentials already");
  const budget = beside ? budgetShape.read(beside, context) : spec.get("budget");
  const read = (key: "username" | "password" | "otp"): Given | undefined =>
    spec.has(key) ? readGiven(spec.at(key), site) : undefined;
  const [username, password, otp] = [read("username"), read("password"), read("otp")];
  return {
    kind: "credentials",
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(otp ? { otp } : {}),
    budget: budget ?? USUAL_BUDGET,
  };
}

function readGiven(node: Node, site: AnswerSite): Given | undefined {
  const { context, world } = site;
  if (!isMap(context.resolve(node))) return readParameter(node, site);
  const secret = secretShape.read(node, context)?.get("secret");
  return secret !== undefined && world.knows("secret", secret, node, context) ? { secret } : undefined;
}
