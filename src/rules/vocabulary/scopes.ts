import type { Fields } from "../cel/types.ts";
import { bool, duration, environment, field, number, optional, size, text, time } from "./kinds.ts";

export const DAEMON_FIELDS: Fields = {
  name: field(text, "its name in the rulebook"),
  state: field(text, "the last STATE; LOST while not attached"),
  since: field(time, "since when"),
  version: field(text, "OpenVPN's version, such as 2.6.14"),
  pid: field(number, "process id"),
  role: field(text, "client or server"),
  attempts: field(number, "attempts since the last CONNECTED"),
  rate: field(size, "bytes a second, both directions"),
};

export const REMOTE_FIELDS: Fields = {
  host: field(text, "host of the last answered attempt"),
  port: field(number, "its port"),
  proto: field(text, "udp or tcp"),
  address: optional(text, "the server's address; absent when proxied"),
  failures: field(number, "failed attempts in a row"),
  connected_since: optional(time, "absent while not connected"),
};

export const CANDIDATE_FIELDS: Fields = {
  host: field(text, "host"),
  port: field(number, "port"),
  proto: field(text, "udp or tcp"),
  tier: field(number, "tier"),
  weight: field(number, "weight"),
  labels: field({ kind: "map", of: text }, "labels of the rulebook"),
  failures: field(number, "failed attempts in a row"),
  penalized: field(bool, "left out at present"),
  latency: optional(duration, "median of the probe's last round trips"),
};

export const CLIENT_FIELDS: Fields = {
  cid: field(number, "number of the client instance; begins anew when the server restarts"),
  common_name: field(text, "common name of its certificate, or the user name where the server says so"),
  username: field(text, "name it logged in with"),
  address: field(text, "real address, without port"),
  virtual_address: field(text, "address in the tunnel"),
  env: field(environment, "environment of its last block"),
  bytes_in: field(size, "received from it in this session"),
  bytes_out: field(size, "sent to it in this session"),
  connected_since: field(time, "when its tunnel came up"),
  idle_for: field(duration, "how long it has sent nothing but pings"),
  sessions: field(
    number,
    "other live sessions of the same common name, those being killed or denied not counted",
  ),
};
