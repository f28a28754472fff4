import { lex } from "../../protocol/lexer.ts";
import type { Slot } from "../slot.ts";
import type { Version } from "../version.ts";
import { scanned } from "./numbers.ts";
import { type CommandName, type CommandSpec, specOf } from "./spec.ts";

/** Lines up to END, taken as they are; the command is answered, if at all, behind them. */
export interface Block {
  readonly block: (lines: readonly string[]) => Replies;
}

export type Replies = readonly string[];

/** What of a daemon one command looks at and changes is `D`; what it says besides its reply, it says itself. */
export type Handler<D> = (daemon: D, args: readonly string[]) => Replies | Block;

/** What a kind of daemon can do; what it has no handler for, it knows and refuses. */
export type Handlers<D> = Readonly<Partial<Record<CommandName, Handler<D>>>>;

/** What commands are taken for. */
export interface Dispatched {
  readonly slot: Pick<Slot, "say">;
  readonly version: Version;
  /** Nothing is set up (again) yet: what belongs to one mode is refused. */
  readonly fresh: boolean;
  /** A line for the log, with its flags. */
  note(flags: string, text: string): void;
}

/** Takes a controller's lines, and answers them by the handlers of the daemon. */
export class Commands<D extends Dispatched> {
  readonly #daemon: D;
  readonly #handlers: Handlers<D>;
  #block: { readonly lines: string[]; readonly done: Block["block"] } | undefined;

  constructor(daemon: D, handlers: Handlers<D>) {
    this.#daemon = daemon;
    this.#handlers = handlers;
  }

  line(line: string): void {
    const open = this.#block;
    if (!open) this.#command(line);
    else if (line === "END") {
      this.#block = undefined;
      this.#say(open.done(open.lines));
    } else open.lines.push(line);
  }

  /** The controller has gone: a block that it began is dropped. */
  forget(): void {
    this.#block = undefined;
  }

  #command(line: string): void {
    const lexed = lex(line);
    // Said before the line is logged.
    if ("error" in lexed) this.#say([`ERROR: ${lexed.error}`]);
    const [name, ...args] = "error" in lexed ? [] : lexed.words;
    if (line !== "load-stats") this.#daemon.note("D", `MANAGEMENT: CMD '${logged(name, line)}'`);
    if (name === undefined) return;
    const result = this.#result(name, args);
    if ("block" in result) this.#block = { lines: [], done: result.block };
    else this.#say(result);
  }

  #result(name: string, args: readonly string[]): Replies | Block {
    const { version, fresh } = this.#daemon;
    const spec = specOf(name, version);
    if (!spec) {
      const named = version.namesUnknownCommand ? ` [${name}]` : "";
      return [`ERROR: unknown command${named}, enter 'help' for more options`];
    }
    const wrong = mistake(name, spec, args, version);
    if (wrong !== undefined) return [`ERROR: ${wrong}`];
    const handler = this.#handlers[name as CommandName];
    const late = spec.mode !== "both" || spec.late === true;
    if (handler && !(fresh && late)) return handler(this.#daemon, args);
    const refusal = [
      `ERROR: The '${spec.refusedAs ?? name}' command is not supported by the current daemon mode`,
    ];
    return spec.block === true ? { block: () => refusal } : refusal;
  }

  #say(lines: Replies): void {
    for (const line of lines) this.#daemon.slot.say(line);
  }
}

function mistake(
  name: string,
  spec: CommandSpec,
  args: readonly string[],
  version: Version,
): string | undefined {
  const { needs = 0, atLeast = false, numbers = [] } = spec;
  const least = typeof needs === "number" ? needs : needs(version);
  const more = typeof atLeast === "boolean" ? atLeast : atLeast(version);
  if (args.length < least)
    return `the '${name}' command requires ${more ? "at least " : ""}${least} parameter${least > 1 ? "s" : ""}`;
  const read = typeof numbers === "function" ? numbers(version) : numbers;
  const unread = read.find(([, place]) => scanned(args[place] ?? "") === undefined);
  return unread === undefined ? undefined : `cannot parse ${unread[0]}`;
}

/** The log shows no password. */
function logged(name: string | undefined, line: string): string {
  return name === "password" ? "password [...]" : line;
}
