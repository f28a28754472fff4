import { bool, duration, environment, field, number, optional, size, text } from "./kinds.ts";
import type { EventSpec } from "./spec.ts";

const question = {
  cid: field(number, "number of the client instance"),
  kid: field(number, "number of this question"),
};

/** What OpenVPN says, by the names that it has on the wire. */
export const NOTIFICATIONS: { readonly [name: string]: EventSpec } = {
  HOLD: {
    query: true,
    about: "OpenVPN holds before an attempt",
    fields: { wait: field(number, "seconds that OpenVPN would have waited") },
  },
  REMOTE: {
    query: true,
    about: "OpenVPN asks which remote to try",
    fields: {
      host: field(text, "host of the entry"),
      port: field(number, "port of the entry"),
      proto: field(text, "udp or tcp"),
      family: field(text, "any, 4 or 6"),
      wire_proto: field(text, "the protocol as sent, such as tcp4-client"),
      attempt: field(number, "attempts since the last CONNECTED, this one included"),
    },
  },
  STATE: {
    about: "OpenVPN's state changed",
    fields: {
      name: field(text, "CONNECTING, WAIT, AUTH, CONNECTED, RECONNECTING …"),
      detail: field(text, "the reason or result"),
      tun_ip: field(text, "IPv4 address of the tunnel"),
      tun_ip6: field(text, "IPv6 address of the tunnel"),
      remote_address: field(text, "address of the server, or of the proxy"),
      remote_port: field(number, "its port; 0 unknown"),
      local_address: field(text, "local address"),
      local_port: field(number, "local port; 0 unknown"),
      previous: field(text, "the state before"),
    },
  },
  BYTECOUNT: {
    about: "traffic of the client's tunnel",
    fields: {
      bytes_in: field(size, "received in this session"),
      bytes_out: field(size, "sent in this session"),
      delta_in: field(size, "received since the last report"),
      delta_out: field(size, "sent since the last report"),
      rate_in: field(size, "bytes received a second"),
      rate_out: field(size, "bytes sent a second"),
    },
  },
  ECHO: {
    about: "an echo line of the configuration or of the server",
    fields: { text: field(text, "the line") },
  },
  LOG: {
    about: "a log line of OpenVPN",
    fields: {
      level: field(text, "fatal, error, warn, info, debug or notice"),
      text: field(text, "the line"),
    },
  },
  INFO: { about: "a greeting or information line", fields: { text: field(text, "the line") } },
  FATAL: { about: "OpenVPN ends", fields: { text: field(text, "why") } },
  PROXY: {
    query: true,
    about: "OpenVPN asks which proxy to use",
    fields: {
      host: field(text, "host of the remote entry"),
      port: field(number, "its port; 0 unknown, as OpenVPN does not say it"),
      proto: field(text, "udp or tcp"),
      index: optional(number, "place of the entry in the list of remotes, from 1; absent when synthetic"),
      synthetic: field(bool, "raised by the engine, for OpenVPN would not ask"),
    },
  },
  "PASSWORD:NEED": {
    query: true,
    about: "OpenVPN asks for a login",
    fields: {
      realm: field(text, "Auth, Private Key, HTTP Proxy …"),
      username: field(bool, "a user name is asked for"),
      challenge: field(text, "none, static or dynamic"),
      challenge_text: field(text, "what the server asks for"),
      challenge_echo: field(bool, "the response may be shown while it is typed"),
      attempt: field(number, "questions since the realm's last success, this one included"),
    },
  },
  "PASSWORD:FAILED": {
    about: "a login was refused",
    fields: {
      realm: field(text, "Auth, Private Key …"),
      reason: field(text, "the server's words; CRV1 when it asks a challenge"),
      challenge: field(text, "the text of the challenge, empty when there is none"),
    },
  },
  "PASSWORD:TOKEN": {
    about: "the server gave a token for the next login",
    fields: { realm: field(text, "Auth") },
  },
  "NEED-OK": {
    query: true,
    about: "OpenVPN asks to confirm something",
    fields: {
      name: field(text, "what, such as token-insertion-request"),
      message: field(text, "words for a person"),
    },
  },
  "NEED-STR": {
    query: true,
    about: "OpenVPN asks for a text",
    fields: {
      name: field(text, "which, such as pkcs11-id-request"),
      message: field(text, "words for a person"),
    },
  },
  "NEED-CERTIFICATE": {
    query: true,
    about: "OpenVPN asks for the client's certificate",
    fields: { hint: field(text, "what --management-external-cert says") },
  },
  RSA_SIGN: {
    query: true,
    about: "OpenVPN asks for a signature (client version 1)",
    fields: {
      data: field(text, "what is to be signed, base64"),
      algorithm: field(text, "always empty: PKCS#1 v1.5 for RSA keys, plain ECDSA for EC keys"),
    },
  },
  PK_SIGN: {
    query: true,
    about: "OpenVPN asks for a signature",
    fields: {
      data: field(text, "what is to be signed, base64"),
      algorithm: field(text, "such as RSA_PKCS1_PADDING or ECDSA"),
    },
  },
  "CLIENT:CONNECT": {
    query: true,
    client: true,
    about: "a client wants to come in",
    fields: { ...question, env: field(environment, "what OpenVPN knows of it") },
  },
  "CLIENT:REAUTH": {
    query: true,
    client: true,
    about: "a client renews its keys and is to be approved again",
    fields: { ...question, env: field(environment, "what OpenVPN knows of it") },
  },
  "CLIENT:CR_RESPONSE": {
    query: "pending",
    client: true,
    about: "a client answered a challenge; a query while an answer `pending` is open",
    fields: {
      ...question,
      response: { ...field(text, "what it answered, decoded"), masked: true },
      env: field(environment, "what OpenVPN knows of it"),
    },
  },
  "CLIENT:ESTABLISHED": {
    client: true,
    about: "a client's tunnel is up",
    fields: { cid: question.cid, env: field(environment, "what OpenVPN knows of it") },
  },
  "CLIENT:DISCONNECT": {
    client: true,
    about: "a client instance has ended",
    fields: {
      cid: question.cid,
      env: field(environment, "what OpenVPN knew of it"),
      bytes_in: field(size, "received from it in all"),
      bytes_out: field(size, "sent to it in all"),
      duration: field(duration, "how long its tunnel was up"),
      established: field(bool, "its tunnel was up"),
    },
  },
  "CLIENT:ADDRESS": {
    client: true,
    about: "a client has an address in the tunnel",
    fields: {
      cid: question.cid,
      address: field(text, "an address, or a network behind it"),
      primary: field(bool, "its own address, not a network behind it"),
    },
  },
  BYTECOUNT_CLI: {
    client: true,
    about: "traffic of one client",
    fields: {
      cid: question.cid,
      bytes_in: field(size, "received from it in this session"),
      bytes_out: field(size, "sent to it in this session"),
      delta_in: field(size, "received since the last report"),
      delta_out: field(size, "sent since the last report"),
      rate_in: field(size, "bytes received a second"),
      rate_out: field(size, "bytes sent a second"),
    },
  },
  NOTIFY: {
    about: "the other side told something",
    fields: {
      severity: field(text, "info"),
      kind: field(text, "such as server-pushed-halt or remote-exit"),
      text: field(text, "its words"),
    },
  },
  INFOMSG: {
    about: "what a server asks of the person at the client",
    fields: { text: field(text, "the line") },
  },
  UPDOWN: {
    about: "the tunnel device went up or down",
    fields: {
      up: field(bool, "up, else down"),
      env: field(environment, "what an up script would be given"),
    },
  },
  OTHER: {
    about: "any other line of OpenVPN",
    fields: { name: field(text, "the word behind >"), text: field(text, "the rest") },
  },
};
