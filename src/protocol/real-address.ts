/** Where a client really comes from, as a server prints it. */
export interface RealAddress {
  /** IPv4 or IPv6, without brackets; or what OpenVPN said instead. */
  readonly address: string;
  /** Missing for IPv6 before 2.7: clients behind one address look alike there. */
  readonly port?: number;
  /** From 2.7 on: `udp4`, `tcp4-server`, `udp6`, … */
  readonly proto?: string;
}

const PROTO = /^((?:udp|tcp)[46]?(?:-server|-client)?):/;

/** `1.2.3.4:1194`, `fd77::2`, `udp4:1.2.3.4:1194`, `udp6:[fd77::2]:1194`, and mixtures of these. */
export function parseRealAddress(text: string): RealAddress {
  const proto = PROTO.exec(text)?.[1];
  const rest = proto === undefined ? text : text.slice(proto.length + 1);
  const known = proto === undefined ? {} : { proto };
  const match = /^(?:\[([^[\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(rest);
  const port = Number(match?.[3]);
  if (!match || port > 65535) return { address: rest, ...known };
  return { address: match[1] ?? match[2] ?? rest, port, ...known };
}
