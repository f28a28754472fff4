/** A network: its first address and the number of leading bits that count. Addresses are 4 or 16 bytes. */
export interface Network {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/** An IPv4 or IPv6 address as bytes (IPv4-mapped IPv6 as IPv4); undefined when `text` is none. Zone ids (`%eth0`) are ignored. */
export function parseIp(text: string): readonly number[] | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(":")) return parseIpv4(text);
  const zone = text.indexOf("%");
  const bytes = parseIpv6(zone < 0 ? text : text.slice(0, zone));
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address; undefined when malformed. Bits behind the prefix are ignored. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const bytes = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (!bytes) return undefined;
  if (slash < 0) return { bytes, prefix: bytes.length * 8 };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits)) return undefined;
  // A mapped network (::ffff:10.0.0.0/104) counts its prefix from the 96 bits in front of the IPv4 part.
  const prefix = Number(digits) - (bytes.length === 4 && text.includes(":") ? 96 : 0);
  return prefix >= 0 && prefix <= bytes.length * 8 ? { bytes, prefix } : undefined;
}

/** Whether the address lies in the network; addresses of the other family never do. */
export function contains(network: Network, address: readonly number[]): boolean {
  if (address.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.prefix; bit += 8) {
    const index = bit >> 3;
    const keep = network.prefix - bit;
    const mask = keep >= 8 ? 0xff : (0xff << (8 - keep)) & 0xff;
    if ((((address[index] ?? 0) ^ (network.bytes[index] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    // No leading zeros: some readers take them as octal.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  if (!head || halves.length === 1) return head?.length === 16 ? head : undefined;
  const tail = parseGroups(halves[1] ?? "", true);
  if (!tail || head.length + tail.length > 14) return undefined;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (mayEndInIpv4 && index === groups.length - 1 && group.includes(".")) {
      const ipv4 = parseIpv4(group);
      return ipv4 ? [...bytes, ...ipv4] : undefined;
    }
    if (!/^[\da-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.slice(0, 10).every((byte) => byte === 0);
}
