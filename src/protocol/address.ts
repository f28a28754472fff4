/** Where a management interface listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Kernel's bound on the path of a unix socket, bytes; OpenVPN cuts a longer one without a word. */
const LONGEST_PATH = 107;

/** `unix:PATH`, `tcp:HOST:PORT`, a bare path or `host:port`; IPv6 as `tcp:[::1]:7505`. Throws an Error that says what was expected. */
export function parseAddress(text: string): Address {
  if (text.startsWith("listen:"))
    throw new Error(`Address ${text}: listening for OpenVPN is not supported by this version`);
  if (text.startsWith("unix:")) return unix(text.slice(5), text);
  if (text.startsWith("tcp:")) return tcp(text.slice(4), text);
  if (text.includes("/")) return unix(text, text);
  return tcp(text, text);
}

export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return `tcp:${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function unix(path: string, text: string): Address {
  if (path === "") throw new Error(`Address ${text}: a path was expected`);
  if (new TextEncoder().encode(path).length > LONGEST_PATH)
    throw new Error(`Address ${text}: the path of a unix socket has at most ${LONGEST_PATH} bytes`);
  return { kind: "unix", path };
}

function tcp(rest: string, text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(rest);
  const port = Number(match?.[3] ?? 0);
  if (!match || port < 1 || port > 65535)
    throw new Error(`Address ${text}: unix:PATH or tcp:HOST:PORT was expected`);
  return { kind: "tcp", host: match[1] ?? match[2] ?? "", port };
}
