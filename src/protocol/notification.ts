import type { Secret } from "../util/secret.ts";
import type { Environment } from "./environment.ts";

/**
 * A typed `>NAME:…` line or block of OpenVPN. `type` is the name that rules use; field names follow the protocol notes; times are
 * Unix seconds.
 */
export type Notification =
  | PlainNotification
  | StateNotification
  | QuestionNotification
  | PasswordNotification
  | ClientNotification
  /** `>UPDOWN:UP|DOWN` with its ENV block */
  | { readonly type: "UPDOWN"; readonly up: boolean; readonly env: Environment }
  /** any other `>NAME:text`, and lines that look like one of the above and do not parse */
  | { readonly type: "OTHER"; readonly name: string; readonly text: string };

export type PlainNotification =
  /** `>INFO:text` */
  | { readonly type: "INFO"; readonly text: string }
  /** `>LOG:time,flags,text` */
  | { readonly type: "LOG"; readonly time: number; readonly flags: string; readonly text: string }
  /** `>FATAL:text` */
  | { readonly type: "FATAL"; readonly text: string }
  /** `>ECHO:time,text` */
  | { readonly type: "ECHO"; readonly time: number; readonly text: string }
  /** `>BYTECOUNT:in,out` — cumulative for the process */
  | { readonly type: "BYTECOUNT"; readonly bytesIn: number; readonly bytesOut: number }
  /** `>BYTECOUNT_CLI:cid,in,out` — of this client instance */
  | {
      readonly type: "BYTECOUNT_CLI";
      readonly cid: number;
      readonly bytesIn: number;
      readonly bytesOut: number;
    }
  /** `>NOTIFY:severity,kind,text` */
  | { readonly type: "NOTIFY"; readonly severity: string; readonly kind: string; readonly text: string }
  /** `>INFOMSG:text` (CR_TEXT, WEB_AUTH, OPEN_URL) */
  | { readonly type: "INFOMSG"; readonly text: string };

/** OpenVPN waits for an answer. */
export type QuestionNotification =
  /** `>HOLD:Waiting for hold release:seconds` (before 2.4 without seconds: 0) */
  | { readonly type: "HOLD"; readonly wait: number }
  /** `>REMOTE:host,port,proto`, proto as sent: udp, udp4, udp6, tcp-client, tcp4-client, tcp6-client */
  | { readonly type: "REMOTE"; readonly host: string; readonly port: number; readonly proto: string }
  /** `>PROXY:index,TCP|UDP,host` */
  | { readonly type: "PROXY"; readonly index: number; readonly proto: string; readonly host: string }
  /** `>NEED-OK:Need 'name' confirmation MSG:message` */
  | { readonly type: "NEED-OK"; readonly name: string; readonly message: string }
  /** `>NEED-STR:Need 'name' string MSG:message` */
  | { readonly type: "NEED-STR"; readonly name: string; readonly message: string }
  /** `>NEED-CERTIFICATE:hint` */
  | { readonly type: "NEED-CERTIFICATE"; readonly hint: string }
  /** `>RSA_SIGN:data`, base64 */
  | { readonly type: "RSA_SIGN"; readonly data: string }
  /** `>PK_SIGN:data[,algorithm]`; the algorithm may hold commas, and is "" for client version 2 */
  | { readonly type: "PK_SIGN"; readonly data: string; readonly algorithm: string };

export type PasswordNotification =
  /** `>PASSWORD:Need 'realm' password|username/password|username[ SC:flags,text]` */
  | {
      readonly type: "PASSWORD:NEED";
      readonly realm: string;
      readonly username: boolean;
      readonly password: boolean;
      readonly challenge?: StaticChallenge;
    }
  /** `>PASSWORD:Verification Failed: 'realm'[ ['reason']]` */
  | { readonly type: "PASSWORD:FAILED"; readonly realm: string; readonly reason: string }
  /** `>PASSWORD:Auth-Token:token` */
  | { readonly type: "PASSWORD:TOKEN"; readonly token: Secret };

export interface StaticChallenge {
  /** The response may be shown while it is typed. */
  readonly echo: boolean;
  /** 2.7: the response is appended to the password. */
  readonly concat: boolean;
  readonly text: string;
}

/** A notification of a server about one client instance. */
export type ClientNotification =
  /** `>CLIENT:CONNECT|REAUTH,cid,kid` with its ENV block */
  | {
      readonly type: "CLIENT:CONNECT" | "CLIENT:REAUTH";
      readonly cid: number;
      readonly kid: number;
      readonly env: Environment;
    }
  /** `>CLIENT:CR_RESPONSE,cid,kid,response` with its ENV block; the response as sent (base64, unchecked) */
  | {
      readonly type: "CLIENT:CR_RESPONSE";
      readonly cid: number;
      readonly kid: number;
      readonly response: Secret;
      readonly env: Environment;
    }
  /** `>CLIENT:ESTABLISHED|DISCONNECT,cid` with its ENV block */
  | {
      readonly type: "CLIENT:ESTABLISHED" | "CLIENT:DISCONNECT";
      readonly cid: number;
      readonly env: Environment;
    }
  /** `>CLIENT:ADDRESS,cid,address,primary` — one line */
  | {
      readonly type: "CLIENT:ADDRESS";
      readonly cid: number;
      readonly address: string;
      readonly primary: boolean;
    };

export interface StateNotification {
  /** `>STATE:time,name,detail,tunIp,remoteAddress,remotePort,localAddress,localPort[,tunIp6]` */
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
