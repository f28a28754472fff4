/** What a RECONNECTING detail says about the attempt that ended; `other` is nobody's fault (a signal, a push). */
export type EndReason = "connect" | "tls" | "timeout" | "ping" | "auth" | "other";

const REASONS: Readonly<Record<string, EndReason>> = {
  "connection-failed": "connect",
  "Could not determine IPv4/IPv6 protocol": "connect",
  init_instance: "connect",
  "tcp-connect-failed": "connect",
  "socks-error": "connect",
  "HTTP proxy error": "connect",
  server_poll: "timeout",
  "no-push-reply": "timeout",
  "tls-error": "tls",
  "ping-restart": "ping",
  "remote-exit": "ping",
  "connection-reset": "ping",
  "network error": "ping",
  "auth-failure": "auth",
  "private-key-password-failure": "auth",
};

/** `>STATE:…,RECONNECTING,detail` (protocol notes, section 3, "Reasons seen"). */
export function endReason(detail: string): EndReason {
  if (detail.startsWith("auth-temp-failure")) return "auth";
  return REASONS[detail] ?? "other";
}

/** Signals make OpenVPN read its configuration again: the list of remotes may be another one afterwards. */
export function rereadsConfiguration(detail: string): boolean {
  return detail === "SIGHUP" || detail === "close_context usr1 to hup";
}
