import { Secret } from "../util/secret.ts";
import type { Environment } from "./environment.ts";
import type { ClientNotification } from "./notification.ts";

/** A CID or KID: OpenVPN writes unsigned numbers. */
const ID = "(\\d{1,15})";

const FORMS = {
  one: new RegExp(`^${ID}$`),
  two: new RegExp(`^${ID},${ID}$`),
  response: new RegExp(`^${ID},${ID},(.*)$`, "s"),
  address: new RegExp(`^${ID},([^,]+),([01])$`),
};

/**
 * The text behind `>CLIENT:` of a head line, such as `CONNECT,0,1`, with the environment that will be filled by the lines that
 * follow; undefined when it is of no known form.
 */
export function clientNotification(text: string, env: Environment): ClientNotification | undefined {
  const comma = text.indexOf(",");
  const rest = text.slice(comma + 1);
  switch (text.slice(0, Math.max(0, comma))) {
    case "CONNECT":
      return withKid("CLIENT:CONNECT", rest, env);
    case "REAUTH":
      return withKid("CLIENT:REAUTH", rest, env);
    case "ESTABLISHED":
      return withCid("CLIENT:ESTABLISHED", rest, env);
    case "DISCONNECT":
      return withCid("CLIENT:DISCONNECT", rest, env);
    case "CR_RESPONSE": {
      const [, cid, kid, response] = FORMS.response.exec(rest) ?? [];
      if (response === undefined) return undefined;
      const type = "CLIENT:CR_RESPONSE";
      return { type, cid: Number(cid), kid: Number(kid), response: new Secret(response), env };
    }
    case "ADDRESS": {
      const [, cid, address, primary] = FORMS.address.exec(rest) ?? [];
      if (address === undefined) return undefined;
      return { type: "CLIENT:ADDRESS", cid: Number(cid), address, primary: primary === "1" };
    }
    default:
      return undefined;
  }
}

function withKid(
  type: "CLIENT:CONNECT" | "CLIENT:REAUTH",
  rest: string,
  env: Environment,
): ClientNotification | undefined {
  const [, cid, kid] = FORMS.two.exec(rest) ?? [];
  return kid === undefined ? undefined : { type, cid: Number(cid), kid: Number(kid), env };
}

function withCid(
  type: "CLIENT:ESTABLISHED" | "CLIENT:DISCONNECT",
  rest: string,
  env: Environment,
): ClientNotification | undefined {
  return FORMS.one.test(rest) ? { type, cid: Number(rest), env } : undefined;
}
