/** Environment of a CLIENT or UPDOWN block, in order; a name may repeat. */
export type EnvBlock = readonly (readonly [name: string, value: string])[];

/** A typed `>NAME:…` line or block of OpenVPN. Field names follow the protocol notes; times are Unix seconds. */
export type Notification =
  /** `>INFO:text` */
  | { readonly type: "INFO"; readonly text: string }
  /** `>HOLD:Waiting for hold release:seconds` (before 2.4 without seconds: 0) */
  | { readonly type: "HOLD"; readonly wait: number }
  /** `>STATE:time,name,detail,tunIp,remoteAddress,remotePort,localAddress,localPort[,tunIp6]` */
  | StateNotification
  /** `>LOG:time,flags,text` */
  | { readonly type: "LOG"; readonly time: number; readonly flags: string; readonly text: string }
  /** `>FATAL:text` */
  | { readonly type: "FATAL"; readonly text: string }
  /** `>ECHO:time,text` */
  | { readonly type: "ECHO"; readonly time: number; readonly text: string }
  /** `>BYTECOUNT:in,out` */
  | { readonly type: "BYTECOUNT"; readonly bytesIn: number; readonly bytesOut: number }
  /** `>BYTECOUNT_CLI:cid,in,out` */
  | {
      readonly type: "BYTECOUNT_CLI";
      readonly cid: number;
      readonly bytesIn: number;
      readonly bytesOut: number;
    }
  /** `>REMOTE:host,port,proto`, proto as sent: udp, udp4, udp6, tcp-client, tcp4-client, tcp6-client */
  | { readonly type: "REMOTE"; readonly host: string; readonly port: number; readonly proto: string }
  /** `>PROXY:index,TCP|UDP,host` */
  | { readonly type: "PROXY"; readonly index: number; readonly proto: string; readonly host: string }
  /** `>PASSWORD:…`: text is everything behind the colon and may hold secrets (Auth-Token) */
  | { readonly type: "PASSWORD"; readonly text: string }
  /** `>CLIENT:kind,…` with its ENV block; `args` are the fields behind the kind, split at commas from the left */
  | { readonly type: "CLIENT"; readonly kind: string; readonly args: string; readonly env: EnvBlock }
  /** `>UPDOWN:UP|DOWN` with its ENV block */
  | { readonly type: "UPDOWN"; readonly up: boolean; readonly env: EnvBlock }
  /** any other `>NAME:text`, and lines that look like one of the above and do not parse */
  | { readonly type: "OTHER"; readonly name: string; readonly text: string };

export interface StateNotification {
  readonly type: "STATE";
  readonly time: number;
  readonly name: string;
  readonly detail: string;
  readonly tunIp: string;
  readonly remoteAddress: string;
  readonly remotePort: string;
  readonly localAddress: string;
  readonly localPort: string;
  readonly tunIp6: string;
}
