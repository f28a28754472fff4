/** Names of the variables, in OpenVPN's order: what was set last comes first. */
const PROCESS: readonly string[] = [
  ...["daemon_pid", "daemon_start_time", "daemon_log_redirect", "daemon", "verb"],
];
const CERTIFICATE = (depth: number): readonly string[] =>
  ["tls_serial_hex", "tls_serial", "tls_digest_sha256", "tls_digest", "tls_id"]
    .map((name) => `${name}_${depth}`)
    .concat(`X509_${depth}_CN`);
const PEER: readonly string[] = [
  ...["IV_COMP_STUBv2", "IV_COMP_STUB", "IV_LZO_STUB", "IV_PROTO", "IV_CIPHERS", "IV_NCP", "IV_MTU"],
  ...["IV_TCPNL", "IV_PLAT", "IV_VER"],
];
const SERVER: readonly string[] = [
  ...CERTIFICATE(0),
  ...CERTIFICATE(1),
  ...["remote_port_1", "local_port_1", "local_1", "proto_1", ...PROCESS],
  ...[
    "ifconfig_local",
    "ifconfig_netmask",
    "script_context",
    "tun_mtu",
    "dev",
    "dev_type",
    "redirect_gateway",
  ],
];

/** Of a client that asks to be let in. */
export const CONNECT: readonly string[] = [
  ...["n_clients", "password", "untrusted_port", "untrusted_ip", "common_name", "username"],
  ...PEER,
  ...SERVER,
];

/** Of one that was there and has gone. */
export const DISCONNECT: readonly string[] = [
  ...["time_duration", "bytes_sent", "bytes_received", "trusted_port", "trusted_ip"],
  ...["ifconfig_pool_netmask", "ifconfig_pool_remote_ip", "time_unix", "time_ascii"],
  ...["common_name", "untrusted_port", "untrusted_ip", "username"],
  ...PEER,
  ...SERVER,
];

const SHORT =
  /^(username|password|X509_0_CN|tls_serial_.*|untrusted_ip|ifconfig_(local|netmask)|daemon_(start_time|pid)|dev)$/;
/** What a client says of itself comes first then, as the client said it. */
const filtered = (passes: RegExp): readonly string[] => [
  ...PEER.toReversed(),
  ...CONNECT.filter((name) => passes.test(name)),
];

/** Of a client that asks, under env-filter 0, 1, 2 and 3. */
export const FILTERED: readonly (readonly string[])[] = [
  CONNECT,
  filtered(new RegExp(`${SHORT.source}|^X509_`)),
  filtered(SHORT),
  filtered(/^$/),
];

/** Of a tunnel that comes up or goes down; whether gateways are among them depends on the routes of the machine. */
export const UPDOWN: readonly string[] = [
  ...[
    "redirect_gateway",
    "dev_type",
    "dev",
    "tun_mtu",
    "script_context",
    "ifconfig_netmask",
    "ifconfig_local",
  ],
  ...["common_name", "trusted_port", "trusted_ip", "untrusted_port", "untrusted_ip"],
  ...CERTIFICATE(0),
  ...CERTIFICATE(1),
  ...["verb", "daemon", "daemon_log_redirect", "daemon_start_time", "daemon_pid"],
  ...["proto_1", "remote_1", "remote_port_1"],
];
