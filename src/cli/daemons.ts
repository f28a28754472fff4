import type { Way } from "../connection/connection.ts";
import { listen, type Listening } from "../connection/listen.ts";
import { type Tap, tappedDial } from "../connection/transport.ts";
import { readSecretFile, type Vault } from "../engine/secrets.ts";
import { endpointOf, formatAddress, parseAddress } from "../protocol/address.ts";
import type { DaemonSpec, Rulebook } from "../rules/rulebook.ts";
import type { Secret } from "../util/secret.ts";
import { UsageError } from "./verb.ts";

/** `--management` is the address of the one daemon. */
export function withManagement(rulebook: Rulebook, management: string | undefined): Rulebook {
  const [first, second] = rulebook.daemons;
  if (management === undefined) {
    if (!first)
      throw new UsageError("No daemon to control: name one under daemons: or by --management ADDRESS");
    return rulebook;
  }
  if (second) throw new UsageError("--management is for one daemon, and the rulebook names several");
  const address = canonical(management);
  return {
    ...rulebook,
    daemons: [first ? { ...first, management: address } : { name: "default", management: address }],
  };
}

function canonical(management: string): string {
  try {
    return formatAddress(parseAddress(management));
  } catch (error) {
    throw new UsageError(`--management: ${(error as Error).message}`, { cause: error });
  }
}

export function readPasswords(
  daemons: readonly DaemonSpec[],
  vault: Vault,
  file: string | undefined,
): ReadonlyMap<string, Secret> {
  const found = new Map<string, Secret>();
  for (const daemon of daemons) {
    if (file !== undefined)
      found.set(daemon.name, vault.keep(readSecretFile(file, "the management password")));
    else if (daemon.password) found.set(daemon.name, vault.read(daemon.password.secret));
  }
  return found;
}

/** What hears the connections of a daemon. */
type TapFor = ((daemon: string) => Tap) | undefined;

/** Binds the addresses that OpenVPN dials, by daemon. Throws ListenError. */
export async function bindAll(
  daemons: readonly DaemonSpec[],
  tap?: TapFor,
): Promise<ReadonlyMap<string, Listening>> {
  const bound = new Map<string, Listening>();
  try {
    for (const { name, management } of daemons) {
      const address = parseAddress(management);
      if (address.kind === "listen") bound.set(name, await listen(address.at, tap && (() => tap(name))));
    }
  } catch (error) {
    for (const listening of bound.values()) listening.close();
    throw error;
  }
  return bound;
}

/** How the connection to a daemon comes about: what it dials is bound. */
export function wayTo(
  { name, management }: DaemonSpec,
  bound: ReadonlyMap<string, Listening>,
  tap?: TapFor,
): Way {
  const listening = bound.get(name);
  if (listening) return { listening };
  const address = endpointOf(parseAddress(management));
  return tap ? { address, dial: tappedDial(() => tap(name)) } : { address };
}
