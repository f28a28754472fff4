import { integer } from "../commands/numbers.ts";
import { isDualStack, isTcp } from "./endpoint.ts";
import type { ServerHost } from "./server-host.ts";
import type { Session } from "./session.ts";

/** Each piece of the argument is cut here. */
const PIECE = 127;
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * `kill`: the argument is cut at its colons, so that a common name with one cannot be killed; addresses are IPv4 only, and
 * on a socket that takes IPv6 too none is ever found (protocol notes, section 7.2). The clients go before the reply is said.
 */
export function kill(host: ServerHost, victim: string, close: (session: Session) => void): string {
  const [first = "", second = "", third = ""] = victim.split(":").map((piece) => piece.slice(0, PIECE));
  const found = (matches: (session: Session) => boolean): number => {
    const all = host.roster.shuffled.filter(matches);
    for (const session of all) close(session);
    return all.length;
  };
  const byProtocol = host.version.atLeast("2.7.0");
  if (first !== "" && second !== "" && (!byProtocol || third !== ""))
    return byProtocol ? byAddress(host, found, second, third, first) : byAddress(host, found, first, second);
  if (first === "") return "ERROR: kill parse";
  const count = found(({ commonName }) => commonName === first);
  return count > 0
    ? `SUCCESS: common name '${first}' found, ${count} client(s) killed`
    : `ERROR: common name '${first}' not found`;
}

function byAddress(
  { settings: { protocol } }: ServerHost,
  found: (matches: (session: Session) => boolean) => number,
  ip: string,
  portText: string,
  name?: string,
): string {
  const address = IPV4.exec(ip)?.slice(1).map(Number);
  if (!address || address.some((byte) => byte > 255)) return `ERROR: error parsing IP address: ${ip}`;
  const port = integer(portText);
  const valid = port > 0 && port < 65_536;
  if (name === undefined && !valid) return `ERROR: port number is out of range: ${portText}`;
  if (name !== undefined && !(valid && (name === "tcp" || name === "udp")))
    return `ERROR: port number or protocol out of range: ${portText} ${name}`;
  const place = `${name === undefined ? "" : `${name === "tcp" ? "tcp-server" : "udp"}:`}${address.join(".")}:${port}`;
  const reachable = !isDualStack(protocol) && (name === undefined || (name === "tcp") === isTcp(protocol));
  const count = reachable
    ? found(({ visitor: { endpoint } }) => endpoint.ip === address.join(".") && endpoint.port === port)
    : 0;
  return count > 0
    ? `SUCCESS: ${count} client(s) at address ${place} killed`
    : `ERROR: client at address ${place} not found`;
}
