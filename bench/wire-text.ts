/** What OpenVPN writes, in a mix as of a busy server and a client that reconnects now and then. */
export function notificationText(atLeastLines: number): {
  readonly text: string;
  readonly lines: number;
  readonly notifications: number;
} {
  const all: string[] = [];
  let notifications = 0;
  for (let i = 0; all.length < atLeastLines; i++) {
    const time = 1_767_600_000 + i;
    const block = i % 8 === 0 ? clientBlock(i) : [];
    const single = [
      `>BYTECOUNT:${31_000 * i + 4_321},${9_700 * i + 1_234}`,
      ...Array.from({ length: 6 }, (_, cid) => `>BYTECOUNT_CLI:${cid},${88_123 * i + cid},${1_200_345 * i}`),
      `>STATE:${time},${STATES[i % STATES.length]},,10.8.0.6,198.51.100.7,1194,,`,
      `>LOG:${time},I,client${i % 500}/203.0.113.${i % 250}:51820 Data Channel: cipher 'AES-256-GCM', peer-id: ${i % 99}`,
      `>LOG:${time},,VERIFY OK: depth=0, C=DE, O=Example, CN=client${i % 500}`,
      `>REMOTE:vpn${i % 9}.example.net,1194,udp`,
    ];
    all.push(...single, ...block);
    notifications += single.length + (block.length > 0 ? 1 : 0);
  }
  return { text: all.map((line) => `${line}\r\n`).join(""), lines: all.length, notifications };
}

const STATES = ["RESOLVE", "WAIT", "AUTH", "GET_CONFIG", "ASSIGN_IP", "CONNECTED", "RECONNECTING"];

function clientBlock(i: number): string[] {
  const pairs = [
    "n_clients=0",
    `password=secret-${i}`,
    "untrusted_port=51820",
    `untrusted_ip=203.0.113.${i % 250}`,
    `common_name=client${i % 500}`,
    `username=client${i % 500}`,
    "IV_VER=2.6.14",
    "IV_PLAT=linux",
    "IV_PROTO=990",
    "IV_NCP=2",
    "IV_CIPHERS=AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
    "tls_id_0=C=DE, O=Example, CN=client",
    "remote_port_1=1194",
    "proto_1=udp",
    "daemon_pid=4711",
    "dev=tun0",
  ];
  return [`>CLIENT:CONNECT,${i},1`, ...pairs.map((pair) => `>CLIENT:ENV,${pair}`), ">CLIENT:ENV,END"];
}
