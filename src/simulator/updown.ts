export interface Tunnel {
  readonly address: string;
  readonly address6?: string;
  readonly remote: { readonly host: string; readonly port: number; readonly proto: string };
  readonly verb: number;
  readonly pid: number;
  /** Seconds since the epoch. */
  readonly started: number;
  readonly routes: boolean;
}

/** Stands for a fingerprint of the certificates, which a simulated server does not have. */
const FINGERPRINT = (bytes: number): string => Array.from({ length: bytes }, () => "00").join(":");

/** The block that --management-up-down brings. */
export function upDown(name: "UP" | "DOWN", tunnel: Tunnel): readonly string[] {
  return [
    `>UPDOWN:${name}`,
    ...environment(tunnel).map(([key, value]) => `>UPDOWN:ENV,${key}=${value}`),
    ">UPDOWN:ENV,END",
  ];
}

function environment(tunnel: Tunnel): readonly (readonly [string, string])[] {
  const { address, address6, remote, verb, pid, started, routes } = tunnel;
  const gateway = address.replace(/\.\d+$/, ".1");
  return [
    ["redirect_gateway", "0"],
    ["dev_type", "tun"],
    ["dev", "tun0"],
    ["tun_mtu", "1500"],
    ["script_context", "init"],
    ...(routes
      ? ([
          ["route_gateway_1", gateway],
          ["route_netmask_1", "255.255.0.0"],
          ["route_network_1", "10.60.0.0"],
        ] as const)
      : []),
    ["route_vpn_gateway", gateway],
    ["route_net_gateway", "0.0.0.0"],
    ...(address6 === undefined
      ? []
      : ([
          ["ifconfig_ipv6_remote", address6.replace(/::.*$/, "::1")],
          ["ifconfig_ipv6_netbits", "64"],
          ["ifconfig_ipv6_local", address6],
        ] as const)),
    ["ifconfig_netmask", "255.255.255.0"],
    ["ifconfig_local", address],
    ["common_name", "server"],
    ["trusted_port", String(remote.port)],
    ["trusted_ip", remote.host],
    ["untrusted_port", String(remote.port)],
    ["untrusted_ip", remote.host],
    ...certificate(0, "server"),
    ...certificate(1, "CA"),
    ["verb", String(verb)],
    ["daemon", "0"],
    ["daemon_log_redirect", "0"],
    ["daemon_start_time", String(started)],
    ["daemon_pid", String(pid)],
    ["proto_1", remote.proto],
    ["remote_1", remote.host],
    ["remote_port_1", String(remote.port)],
  ];
}

function certificate(depth: number, name: string): readonly (readonly [string, string])[] {
  return [
    [`tls_serial_hex_${depth}`, FINGERPRINT(20)],
    [`tls_serial_${depth}`, "0"],
    [`tls_digest_sha256_${depth}`, FINGERPRINT(32)],
    [`tls_digest_${depth}`, FINGERPRINT(20)],
    [`tls_id_${depth}`, `CN=${name}`],
    [`X509_${depth}_CN`, name],
  ];
}
