import { listen } from "../connection/listen.ts";
import type { Command } from "../protocol/command.ts";
import { endpointOf, formatAddress, parseAddress } from "../protocol/address.ts";
import { Secret } from "../util/secret.ts";
import { Client, type ClientListener } from "./client.ts";
import { ConnectError } from "./errors.ts";

/** The management password; asked for each time that OpenVPN asks. */
type Password = string | Secret | (() => string | Secret | undefined);

export interface ConnectOptions extends ClientListener {
  /** `unix:PATH`, `tcp:HOST:PORT`; where OpenVPN dials (`--management-client`): `listen:unix:PATH`, `listen:tcp:HOST:PORT`. */
  readonly address: string;
  readonly password?: Password;
  /** Connects again for ever, at first and when the connection is lost. Without it (the default) its end is the end. */
  readonly reconnect?: boolean;
  /** Sent at each attach, as first of all: `command.state.on()`, `command.bytecount(5)`. What is refused, by OpenVPN or as dangerous, is passed over. */
  readonly subscribe?: readonly Command[];
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** How many notifications may wait to be taken; 10,000. */
  readonly backlog?: number;
  /** How long a reply may take, ms; 10,000. OpenVPN is silent while it looks up names. */
  readonly replyTimeout?: number;
}

/** Connects to a management interface; resolves once it is ours. Rejects with ConnectError, or ListenError where OpenVPN is to dial. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const {
    password,
    reconnect = false,
    subscribe = [],
    backlog = 10_000,
    replyTimeout = 10_000,
    signal,
  } = options;
  const address = parse(options.address);
  const listening = address.kind === "listen" ? await listen(address.at) : undefined;
  const reason = `Gave up connecting to ${formatAddress(address)}`;
  if (signal?.aborted) {
    listening?.close();
    throw new ConnectError(reason);
  }
  const client = new Client({
    ...options,
    way: listening ? { listening } : { address: endpointOf(address) },
    password:
      password === undefined
        ? undefined
        : () => asSecret(typeof password === "function" ? password() : password),
    reconnect,
    subscribe,
    backlog,
    replyTimeout,
  });
  const abort = (): void => void client.abandon(reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await client.start();
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return client;
}

function parse(text: string): ReturnType<typeof parseAddress> {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new ConnectError((error as Error).message, { cause: error });
  }
}

function asSecret(password: string | Secret | undefined): Secret | undefined {
  return typeof password === "string" ? new Secret(password) : password;
}
