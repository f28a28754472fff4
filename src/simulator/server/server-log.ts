import { withLength } from "./client-config.ts";
import { isTcp, socketAddress } from "./endpoint.ts";
import { infoLines, INVALID_INFO, isValidInfo } from "./peer-info.ts";
import { noteOf, type ServerHost, shown } from "./server-host.ts";
import type { Session } from "./session.ts";

const CONTROL =
  "Control Channel: TLSv1.3, cipher TLSv1.3 TLS_AES_256_GCM_SHA384, peer certificate: 256 bits ECprime256v1, signature: " +
  "ecdsa-with-SHA256, peer temporary key: 253 bits X25519";

/** What a server at verb 3 puts into its log on the way of a client. */
export class ServerLog {
  readonly #host: ServerHost;

  constructor(host: ServerHost) {
    this.#host = host;
  }

  /** Before the controller is asked. */
  knocks(session: Session): void {
    const { settings } = this.#host;
    const socket = socketAddress(session.visitor.endpoint, settings.protocol);
    if (isTcp(settings.protocol) && !session.named) {
      this.#host.note("I", `TCP connection established with ${socket}`);
      this.#note(session, "", `TLS: Initial packet from ${socket}, sid=00000000 00000000`);
    }
    this.#note(session, "", `VERIFY OK: depth=1, CN=${settings.authority}`);
    this.#note(session, "", `VERIFY OK: depth=0, CN=${session.commonName}`);
    for (const line of infoLines(session.visitor.peerInfo))
      if (isValidInfo(line)) this.#note(session, "I", `peer info: ${line}`);
      else this.#note(session, "W", INVALID_INFO);
  }

  /** Behind the question. */
  waits(session: Session): void {
    this.#note(
      session,
      "",
      `TLS: Username/Password authentication deferred for username '${session.username}' `,
    );
  }

  shaken(session: Session): void {
    const socket = socketAddress(session.visitor.endpoint, this.#host.settings.protocol);
    if (session.named) {
      this.#note(session, "", CONTROL);
      return;
    }
    this.#note(session, "", "TLS: move_session: dest=TM_ACTIVE src=TM_INITIAL reinit_src=1");
    this.#note(session, "", "TLS: tls_multi_process: initial untrusted session promoted to semi-trusted");
    this.#note(session, "", CONTROL);
    this.#note(session, "I", `[${session.commonName}] Peer Connection Initiated with ${socket}`);
  }

  pool(session: Session): void {
    const six = session.address6 === "" ? "(Not enabled)" : session.address6;
    this.#note(session, "I", `MULTI_sva: pool returned IPv4=${session.address}, IPv6=${six}`);
    for (const complaint of session.config.complaints) this.#note(session, "N", complaint);
  }

  learns(session: Session, virtual: string): void {
    this.#note(session, "", `MULTI: Learn: ${virtual} -> ${this.#who(session)}`);
  }

  primary(session: Session, virtual: string): void {
    const family = virtual.includes(":") ? "IPv6" : "IP";
    this.#note(session, "", `MULTI: primary virtual ${family} for ${this.#who(session)}: ${virtual}`);
  }

  internal(session: Session, route: Parameters<typeof withLength>[0]): void {
    this.#note(session, "", `MULTI: internal route ${withLength(route)} -> ${this.#who(session)}`);
  }

  sent(session: Session, message: string): void {
    const name = session.named ? session.commonName : "UNDEF";
    this.#note(session, "", `SENT CONTROL [${name}]: '${message}' (status=1)`);
  }

  /** When the data channel is set up, a moment later. */
  running(session: Session): void {
    const [ping, timeout] = this.#host.settings.keepalive;
    this.#note(session, "", `Data Channel: cipher 'AES-256-GCM', peer-id: ${session.peerId}`);
    this.#note(session, "", `Timers: ping ${ping}, ping-restart ${2 * timeout}`);
    this.#note(session, "", "Protocol options: protocol-flags cc-exit tls-ekm dyn-tls-crypt");
  }

  #who(session: Session): string {
    return `${session.commonName}/${shown(this.#host, session.visitor.endpoint)}`;
  }

  #note(session: Session, flags: string, text: string): void {
    noteOf(this.#host, session, flags, text);
  }
}
