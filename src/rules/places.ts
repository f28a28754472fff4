/** What OpenVPN takes for a port. */
export function isPort(value: unknown): boolean {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

/** What can be the name or address of a proxy; anything else OpenVPN may answer by going without one. */
export function isProxyHost(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9.:_-]{1,255}$/.test(value);
}
