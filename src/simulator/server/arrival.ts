import type { Blocks } from "./blocks.ts";
import { withLength, withMask } from "./client-config.ts";
import type { Farewell } from "./farewell.ts";
import type { Meter } from "./meter.ts";
import { addressAt, type Pool } from "./pool.ts";
import { localTime, noteOf, type ServerHost } from "./server-host.ts";
import type { ServerLog } from "./server-log.ts";
import type { Session } from "./session.ts";

/** The bytes of a PUSH_REPLY on the wire, and the time until the data channel is set up, ms. */
const REPLY = 178;
const SETUP = 1_150;
const NETMASK = "255.255.255.0";

/** How a client that was let in gets its addresses and its tunnel. */
export class Arrival {
  readonly #host: ServerHost;
  readonly #blocks: Blocks;
  readonly #log: ServerLog;
  readonly #farewell: Farewell;
  readonly #meter: Meter;
  readonly #pool: Pool;

  constructor(
    host: ServerHost,
    parts: { blocks: Blocks; log: ServerLog; farewell: Farewell; meter: Meter; pool: Pool },
  ) {
    this.#host = host;
    this.#blocks = parts.blocks;
    this.#log = parts.log;
    this.#farewell = parts.farewell;
    this.#meter = parts.meter;
    this.#pool = parts.pool;
  }

  establish(session: Session): void {
    const { settings, roster, seconds } = this.#host;
    if (!settings.duplicateCn) for (const other of roster.namesakes(session)) this.#farewell.close(other);
    session.named = true;
    this.#lease(session);
    this.#log.pool(session);
    if (session.config.disabled) {
      this.#disabled(session);
      return;
    }
    this.#learn(session);
    session.establish(NETMASK, settings.address6, localTime(session.since));
    roster.establish(session);
    const reply = this.#reply(session);
    this.#log.sent(session, reply);
    this.#blocks.established(session);
    session.toldAt = Math.min(session.toldAt, seconds);
    this.#meter.passed(session, 0, REPLY, false);
    session.arm("running", settings.clock, SETUP, () => this.#log.running(session));
    session.visitor.hear(reply);
  }

  #lease(session: Session): void {
    const { settings } = this.#host;
    const { config } = session;
    // One that has its address from the controller takes none from the pool.
    const lease = config.address === undefined ? this.#pool.take(session.commonName) : undefined;
    if (lease !== undefined) session.release = () => this.#pool.release(lease, session.commonName);
    const pooled = (first: string): string => (lease === undefined ? "" : addressAt(first, lease));
    session.address = config.address ?? pooled(settings.pool);
    if (settings.ipv6) session.address6 = config.address6 ?? pooled(settings.pool6);
  }

  #learn(session: Session): void {
    for (const address of [session.address, session.address6]) {
      if (address === "") continue;
      this.#route(session, address, address, true);
      this.#log.primary(session, address);
    }
    for (const route of session.config.routes) {
      this.#log.internal(session, route);
      this.#route(session, withLength(route), withMask(route), false);
    }
  }

  #route(session: Session, virtual: string, told: string, primary: boolean): void {
    this.#log.learns(session, virtual);
    session.routes.push({ virtual, lastRef: this.#host.seconds });
    if (this.#host.settings.clientAuth) this.#blocks.address(session, told, primary);
  }

  #reply({ address, address6, peerId, config }: Session): string {
    const { settings } = this.#host;
    const [ping, timeout] = settings.keepalive;
    return [
      "PUSH_REPLY",
      ...(settings.ipv6 ? ["tun-ipv6"] : []),
      ...settings.push,
      ...(ping > 0 ? [`ping ${ping}`, `ping-restart ${timeout}`] : []),
      ...config.pushes,
      ...(address6 === "" ? [] : [`ifconfig-ipv6 ${address6}/64 ${settings.address6}`]),
      `ifconfig ${address} ${NETMASK}`,
      `peer-id ${peerId}`,
      "cipher AES-256-GCM",
      "protocol-flags cc-exit tls-ekm dyn-tls-crypt",
      "tun-mtu 1500",
    ].join(",");
  }

  /** Its end is told first, and then that it is there; of its real end nobody hears (protocol notes, section 7.7). */
  #disabled(session: Session): void {
    const { settings, seconds } = this.#host;
    noteOf(this.#host, session, "N", "MULTI: client has been rejected due to 'disable' directive");
    session.establish(NETMASK, settings.address6, localTime(session.since));
    session.total(seconds);
    if (session.announced) this.#blocks.disconnect(session, true);
    this.#blocks.established(session);
    this.#host.roster.count(session);
    session.announced = false;
    session.rejected = true;
    session.address = "";
    session.address6 = "";
  }
}
