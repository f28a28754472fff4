import type { Environment } from "../../protocol/environment.ts";
import type { Notification } from "../../protocol/notification.ts";
import { withinVersions } from "../../protocol/versions.ts";

interface Listed {
  readonly commonName: string;
  readonly username: string;
  readonly address: string;
  readonly port: string;
  established: boolean;
  virtualAddress: string;
  bytesIn: number;
  bytesOut: number;
  /** When its tunnel came up, s. */
  since: number;
}

const TAB = "\t";
const COLUMNS = [
  ...["Common Name", "Real Address", "Virtual Address", "Virtual IPv6 Address", "Bytes Received"],
  ...["Bytes Sent", "Connected Since", "Connected Since (time_t)", "Username", "Client ID", "Peer ID"],
  "Data Channel Cipher",
];

/** The clients that a test's lines tell of, as a server would list them. */
export class PretendedServer {
  readonly #clients = new Map<number, Listed>();

  /** `now`: s since the epoch. */
  heard(notification: Notification, now: number): void {
    switch (notification.type) {
      case "STATE":
        // CIDs begin anew.
        if (notification.name === "RECONNECTING") this.#clients.clear();
        return;
      case "CLIENT:CONNECT":
      case "CLIENT:ESTABLISHED": {
        const { cid, env, type } = notification;
        const known = this.#clients.get(cid);
        this.#clients.set(cid, {
          commonName: env.get("common_name") ?? env.get("X509_0_CN") ?? known?.commonName ?? "UNDEF",
          username: env.get("username") ?? known?.username ?? "UNDEF",
          address: addressIn(env) ?? known?.address ?? "192.0.2.1",
          port: env.get("trusted_port") ?? env.get("untrusted_port") ?? known?.port ?? "1194",
          established: type === "CLIENT:ESTABLISHED",
          virtualAddress: env.get("ifconfig_pool_remote_ip") ?? known?.virtualAddress ?? `10.8.0.${cid + 2}`,
          ...{ bytesIn: 0, bytesOut: 0 },
          since: Number(env.get("time_unix") ?? now),
        });
        return;
      }
      case "BYTECOUNT_CLI":
        Object.assign(this.#clients.get(notification.cid) ?? {}, notification);
        return;
      case "CLIENT:DISCONNECT":
        this.#clients.delete(notification.cid);
    }
  }

  /** The reply to `status 3` at a time, ms. */
  status(now: number, version: string): string[] {
    const seconds = Math.floor(now / 1000);
    const rows = [...this.#clients].map(([cid, client]) =>
      [
        ...["CLIENT_LIST", client.commonName, realAddress(client, version)],
        ...[client.established ? client.virtualAddress : "", "", client.bytesIn, client.bytesOut],
        ...["-", client.since, client.username, cid, cid, client.established ? "AES-256-GCM" : "BF-CBC"],
      ].join(TAB),
    );
    return [
      `TITLE${TAB}OpenVPN ${version} test`,
      ["TIME", "-", seconds].join(TAB),
      ["HEADER", "CLIENT_LIST", ...COLUMNS].join(TAB),
      ...rows,
      ["GLOBAL_STATS", "Max bcast/mcast queue length", 0].join(TAB),
    ];
  }
}

function addressIn(env: Environment): string | undefined {
  const names = ["trusted_ip", "untrusted_ip", "trusted_ip6", "untrusted_ip6"];
  return names.map((name) => env.get(name)).find((address) => address !== undefined);
}

/** As the version prints it. */
function realAddress({ address, port }: Listed, version: string): string {
  const six = address.includes(":");
  if (withinVersions(version, { since: "2.7" }))
    return six ? `udp6:[${address}]:${port}` : `udp4:${address}:${port}`;
  return six ? address : `${address}:${port}`;
}
