import { text as readAll } from "node:stream/consumers";
import { connect } from "../library/connect.ts";
import { CommandError, ConnectError } from "../library/errors.ts";
import { readSecretFile } from "../engine/secrets.ts";
import { parseAddress } from "../protocol/address.ts";
import type { Command, Outcome, Reply } from "../protocol/command.ts";
import { COMMAND_NAMES, lookup, usage, versionsText } from "../protocol/commands.ts";
import { confidential } from "../protocol/confidential.ts";
import { display, encode, EncodeError } from "../protocol/encoder.ts";
import { valueOf } from "../protocol/values.ts";
import { parseDuration } from "../util/duration.ts";
import { didYouMean } from "../util/suggest.ts";
import { defaultStateDirectory, parseFlags, UsageError } from "./args.ts";
import { callEngine, NoEngineError } from "./client.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox send ADDRESS COMMAND… [options]

Sends one management command and prints the reply. ADDRESS is unix:PATH or tcp:HOST:PORT; where the engine of the state
directory controls the daemon, it goes through the engine, and ADDRESS may be the daemon's name. Each word is one argument as it
stands; quoting for OpenVPN is done here. Words that begin with - go behind --.

  --stdin            the lines of certificate, client-auth, pk-sig and the like come from standard input, without END
  --json             one object: command, ok, text, lines, value
  --insist           send it also when it would harm OpenVPN, or meddle with the engine
  --password FILE    its first line answers ENTER PASSWORD:
  --timeout DURATION how long connecting and the reply may take each (10s)
  --state DIR        the state directory of the engine to go through

Exit code 3 when OpenVPN is not reached or does not reply, 4 when it replies ERROR.

Example: signalbox send unix:/run/openvpn/server.sock status 3 --json`;

export const verb: Verb = { name: "send", summary: "send one management command", usage: USAGE, run };

const TIMEOUT = 10_000;

const EXIT_CODES = { refused: 4, invalid: 1, lost: 3, timeout: 3 } as const;

interface Order {
  readonly address: string;
  readonly command: Command;
  readonly insist: boolean;
  /** ms */
  readonly timeout: number;
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      stdin: { type: "boolean" },
      json: { type: "boolean" },
      insist: { type: "boolean" },
      password: { type: "string" },
      timeout: { type: "string" },
      state: { type: "string" },
    },
  });
  const [address, name, ...args] = positionals;
  if (address === undefined || name === undefined)
    throw new UsageError("send needs an address and a command");
  const timeout = values.timeout === undefined ? TIMEOUT : parseDuration(values.timeout);
  if (timeout === undefined)
    throw new UsageError(`--timeout takes a duration such as 30s, not '${values.timeout ?? ""}'`);
  const body = values.stdin ? { body: linesOf(await readAll(process.stdin)) } : {};
  const command = checked({ name, args, ...body });
  const order = { address, command, insist: values.insist ?? false, timeout };
  try {
    const outcome = (await throughEngine(order, values.state)) ?? (await directly(order, values.password));
    return show(command, outcome, values.json ?? false);
  } catch (error) {
    if (!(error instanceof ConnectError || error instanceof NoEngineError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 3;
  }
}

function linesOf(input: string): string[] {
  const lines = input.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** What OpenVPN would not understand is a mistake on the command line. */
function checked(command: Command): Command {
  const { name } = command;
  const spec = lookup(name);
  if (!spec) throw new UsageError(`Unknown management command '${name}'${didYouMean(name, COMMAND_NAMES)}`);
  try {
    encode(command);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const forms = spec.forms.map((form) => `${usage(spec, form)} (${versionsText(spec, form)})`);
    throw new UsageError(`${error.message}; ${forms.join(", ")} was expected`, { cause: error });
  }
  return confidential(command);
}

/** Where an engine has the interface, nobody else gets a word in; undefined where it has not. */
async function throughEngine(order: Order, directory: string | undefined): Promise<Outcome | undefined> {
  const { address, insist, timeout } = order;
  const { name, args, body } = revealed(order.command);
  const request = { verb: "send", daemon: address, name, args, insist, ...(body ? { body } : {}) };
  let reply: { outcome?: Outcome; daemons?: readonly string[] };
  try {
    reply = (await callEngine(directory ?? defaultStateDirectory(), request, timeout)) as typeof reply;
  } catch (error) {
    if (error instanceof NoEngineError && directory === undefined) return undefined;
    throw error;
  }
  if (reply.outcome || directory === undefined) return reply.outcome;
  const known = reply.daemons ?? [];
  throw new UsageError(`The engine controls no daemon '${address}'; it controls ${known.join(", ")}`);
}

function revealed({ name, args, body }: Command): { name: string; args: string[]; body?: string[] } {
  const clear = (text: string | { reveal(): string }): string =>
    typeof text === "string" ? text : text.reveal();
  return { name, args: args.map(clear), ...(body ? { body: body.map(clear) } : {}) };
}

async function directly(order: Order, passwordFile: string | undefined): Promise<Outcome> {
  const { address, command, insist, timeout } = order;
  if (isListening(address) && !insist)
    throw new UsageError(
      `An OpenVPN that dials ${address} exits when this command is done; --insist sends it`,
    );
  const password =
    passwordFile === undefined ? {} : { password: readSecretFile(passwordFile, "the management password") };
  const client = await connect({
    address,
    ...password,
    replyTimeout: timeout,
    signal: AbortSignal.timeout(timeout),
  });
  try {
    return await client.send(command, { insist });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.code !== "dangerous") return { ok: false, error: error.code, text: error.reason };
    throw new Error(`${error.message}; --insist sends it`, { cause: error });
  } finally {
    await client.close();
  }
}

/** What is no address may be the name of a daemon of an engine that does not run. */
function isListening(address: string): boolean {
  try {
    return parseAddress(address).kind === "listen";
  } catch (error) {
    throw new UsageError(`${(error as Error).message}, and no engine controls a daemon of this name`, {
      cause: error,
    });
  }
}

function show(command: Command, outcome: Outcome, json: boolean): number {
  if (json) {
    const shown = outcome.ok
      ? { command: display(command), ...outcome, value: valueOf(command, outcome) }
      : { command: display(command), ...outcome, lines: [] };
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  } else if (outcome.ok) process.stdout.write(plain(outcome));
  if (outcome.ok) return 0;
  if (!json) process.stderr.write(`${new CommandError(outcome.error, command, outcome.text).message}\n`);
  return EXIT_CODES[outcome.error];
}

function plain({ text, lines }: Reply): string {
  return [...(text === "" ? [] : [text]), ...lines].map((line) => `${line}\n`).join("");
}
