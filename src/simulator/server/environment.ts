/** What a filter of 1 or 2 lets through; names that end in `_` stand for all that begin so. */
const SHORT_LIST = [
  "username=",
  "password=",
  "X509_0_CN=",
  "tls_serial_",
  "untrusted_ip=",
  "ifconfig_local=",
  "ifconfig_netmask=",
  "daemon_start_time=",
  "daemon_pid=",
  "dev=",
  "ifconfig_pool_remote_ip=",
  "ifconfig_pool_netmask=",
  "time_duration=",
  "bytes_sent=",
  "bytes_received=",
];

/** A client's environment: what is set last stands first, wherever it stood before. */
export class Environment {
  readonly #lines = new Map<string, string>();

  constructor(base?: Environment) {
    if (base) for (const [name, line] of base.#lines) this.#lines.set(name, line);
  }

  set(name: string, value: string | number): void {
    this.#lines.delete(name);
    this.#lines.set(name, `${name}=${value}`);
  }

  delete(name: string): void {
    this.#lines.delete(name);
  }

  /** The variables as `name=value` under `env-filter level`. */
  filtered(level: number): string[] {
    return [...this.#lines.values()].toReversed().filter((line) => passes(line, level));
  }
}

function passes(line: string, level: number): boolean {
  if (level === 0) return true;
  if (level <= 1 && line.startsWith("X509_")) return true;
  return level <= 2 && SHORT_LIST.some((start) => line.startsWith(start));
}
