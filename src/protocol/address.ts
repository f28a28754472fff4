/** Where one end of a management connection listens. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Of a management interface: we dial OpenVPN, or OpenVPN (`--management-client`) dials us. */
export type Address = Endpoint | { readonly kind: "listen"; readonly at: Endpoint };

/** Kernel's bound on the path of a unix socket, bytes; OpenVPN cuts a longer one without a word. */
const LONGEST_PATH = 107;

const LISTEN = "listen:";

/**
 * `unix:PATH`, `tcp:HOST:PORT`, a bare path or `host:port`; IPv6 as `tcp:[::1]:7505`, with its scope as `tcp:[fe80::1%eth0]:7505`;
 * `listen:` before any of them. Throws an Error that says what was expected.
 */
export function parseAddress(text: string): Address {
  if (!text.startsWith(LISTEN)) return parseEndpoint(text);
  return { kind: "listen", at: endpoint(text.slice(LISTEN.length), text) };
}

/** As parseAddress, without `listen:`. */
export function parseEndpoint(text: string): Endpoint {
  return endpoint(text, text);
}

/** Where the connection is made: theirs, or ours that they dial. */
export function endpointOf(address: Address): Endpoint {
  return address.kind === "listen" ? address.at : address;
}

export function formatAddress(address: Address): string {
  if (address.kind === "listen") return `${LISTEN}${formatAddress(address.at)}`;
  if (address.kind === "unix") return `unix:${address.path}`;
  return `tcp:${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function endpoint(rest: string, text: string): Endpoint {
  if (rest.startsWith("unix:")) return unix(rest.slice(5), text);
  if (rest.startsWith("tcp:")) return tcp(rest.slice(4), text);
  if (rest.includes("/") && !rest.startsWith(LISTEN)) return unix(rest, text);
  return tcp(rest, text);
}

function unix(path: string, text: string): Endpoint {
  // An abstract socket has no file: its name begins with NUL, which is mostly written as @. OpenVPN takes files only.
  if (/^[@\0]/.test(path))
    throw new Error(`Address ${printable(text)}: OpenVPN knows no abstract sockets; a path was expected`);
  if (path === "" || path.includes("\0")) throw new Error(`Address ${printable(text)}: a path was expected`);
  if (new TextEncoder().encode(path).length > LONGEST_PATH)
    throw new Error(`Address ${text}: the path of a unix socket has at most ${LONGEST_PATH} bytes`);
  return { kind: "unix", path };
}

function tcp(rest: string, text: string): Endpoint {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(rest);
  const port = Number(match?.[3] ?? 0);
  if (!match || port < 1 || port > 65535)
    throw new Error(`Address ${text}: unix:PATH or tcp:HOST:PORT was expected`);
  return { kind: "tcp", host: match[1] ?? match[2] ?? "", port };
}

function printable(text: string): string {
  return text.replaceAll("\0", "\\0");
}
