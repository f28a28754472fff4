import { lex } from "../../protocol/lexer.ts";

export interface Subnet {
  readonly network: string;
  /** `255.255.0.0`; undefined in IPv6 networks, which have their length in `network`. */
  readonly mask?: string;
}

/** What a `client-auth` block says of its client. */
export interface ClientConfig {
  readonly disabled: boolean;
  /** --ifconfig-push and --ifconfig-ipv6-push */
  readonly address?: string | undefined;
  readonly address6?: string | undefined;
  readonly routes: readonly Subnet[];
  readonly pushes: readonly string[];
  /** What is put into the log for lines that are no directive for one client. */
  readonly complaints: readonly string[];
}

export const NO_CONFIG: ClientConfig = { disabled: false, routes: [], pushes: [], complaints: [] };

/** Directives without an effect that a controller could see. */
const OTHERS = ["push-reset", "push-remove", "config", "comp-lzo", "rcvbuf", "sndbuf", "vlan-pvid"];

/** A line that OpenVPN does not know is only logged: the client is let in without it. */
export function clientConfig(lines: readonly string[], version: string): ClientConfig {
  let disabled = false;
  let [address, address6]: (string | undefined)[] = [];
  const routes: Subnet[] = [];
  const pushes: string[] = [];
  const complaints: string[] = [];
  for (const [i, line] of lines.entries()) {
    const lexed = lex(line);
    const [name, first, second] = "error" in lexed ? [line] : lexed.words;
    if (name === undefined || OTHERS.includes(name)) continue;
    if (name === "disable") disabled = true;
    else if (name === "push" && first !== undefined) pushes.push(first);
    else if (name === "ifconfig-push" && second !== undefined) address = first;
    else if (name === "ifconfig-ipv6-push" && first !== undefined) address6 = first.split("/")[0];
    else if (name === "iroute" && first !== undefined)
      routes.push({ network: first, mask: second ?? "255.255.255.255" });
    else if (name === "iroute-ipv6" && first !== undefined) routes.push({ network: first });
    else
      complaints.push(
        `Options error: Unrecognized option or missing or extra parameter(s) in [CONFIG-STRING]:${i + 1}: ${name} (${version})`,
      );
  }
  return { disabled, address, address6, routes, pushes, complaints };
}

/** A subnet as `status` and the log show it, with the length of its mask. */
export function withLength({ network, mask }: Subnet): string {
  if (mask === undefined) return network;
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2))
    .join("")
    .replaceAll("0", "").length;
  return bits === 32 ? network : `${network}/${bits}`;
}

/** A subnet as `>CLIENT:ADDRESS` shows it. */
export function withMask({ network, mask }: Subnet): string {
  return mask === undefined || mask === "255.255.255.255" ? network : `${network}/${mask}`;
}
