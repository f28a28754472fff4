import type { Client } from "../../model/client.ts";
import { ActionError } from "../../plugin/contract.ts";
import type { Command } from "../../protocol/command.ts";
import { misfit } from "../../protocol/arguments.ts";
import { command } from "../../protocol/constructors.ts";
import { parseStatus, type StatusClient } from "../../protocol/status.ts";
import type { BuiltinContext } from "./builtin.ts";

/** A client that obeys has been told by then, ms. */
const GRACE = 300;

/**
 * Cuts a client that was told to go, for one that does not listen keeps its tunnel for some seconds. There is no command for that by CID:
 * by address it works on sockets of IPv4 alone, by name it would cut all sessions of that name. What the client has now is read first.
 */
export async function cut(client: Client, context: BuiltinContext): Promise<void> {
  const { cid } = client;
  await context.engine.wait(GRACE);
  if (!context.target?.has(client)) return;
  const rows = await clientsOf(context);
  const row = rows.find((other) => other.cid === cid);
  if (!row) return;
  const ways = waysTo(row, rows);
  let why = "it has no IPv4 address, and no name that is its own alone";
  for (const way of ways)
    try {
      await context.command(way);
      return;
    } catch (error) {
      if (!(error instanceof ActionError) || error.code !== "refused") throw error;
      why = error.message;
    }
  context.log(`client ${cid} cannot be cut at once: ${why}`);
}

async function clientsOf(context: BuiltinContext): Promise<readonly StatusClient[]> {
  const { lines } = await context.read(command.status(3));
  const status = parseStatus(lines);
  return status?.kind === "server" ? status.clients : [];
}

/** The commands that reach this client and no other, best first. */
function waysTo(row: StatusClient, rows: readonly StatusClient[]): Command[] {
  const { address, port, proto, commonName } = row;
  const ways: Command[] = [];
  const isAlone = (same: (other: StatusClient) => boolean): boolean => rows.filter(same).length === 1;
  if (
    port !== undefined &&
    misfit("ip:port", `${address}:${port}`) === undefined &&
    isAlone((other) => other.address === address && other.port === port)
  )
    ways.push(
      // From 2.7 on the list says the protocol, and the command needs it.
      proto === undefined
        ? command.kill.address(address, port)
        : command.kill.transport(proto.startsWith("tcp") ? "tcp" : "udp", address, port),
    );
  const isName = misfit("common-name", commonName) === undefined && commonName !== "UNDEF";
  if (isName && isAlone((other) => other.commonName === commonName))
    ways.push(command.kill.commonName(commonName));
  return ways;
}
