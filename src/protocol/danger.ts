import type { Command } from "./command.ts";
import { lookup } from "./commands.ts";
import { clear, supported } from "./forms.ts";
import { type DaemonVersion } from "./reply-grammar.ts";

/** What is known of a daemon now. What is left out is not known. */
export interface Situation extends DaemonVersion {
  /** It holds. */
  readonly held?: boolean;
  /** It holds and has never run yet. */
  readonly firstHold?: boolean;
  /** The open question as the type of its notification (`PASSWORD:NEED`, `REMOTE`, `PK_SIGN`, …); `none`: there is none. */
  readonly question?: string;
  /** The name of the last STATE. */
  readonly state?: string;
  /** What the open question asks for: `Auth`, `Private Key`, … */
  readonly questionType?: string;
  /** Its log comes as notifications. */
  readonly logOn?: boolean;
  readonly verb?: number;
  /** What `version n` told it of us. */
  readonly clientVersion?: number;
  /** It dialled us (`--management-client`). */
  readonly dialledUs?: boolean;
}

/** From this level on, each write to us makes OpenVPN log new lines: it never reads a command again. */
export const FLOOD_VERB = 8;

/** Lines of `test` that OpenVPN writes into its memory first, however slowly we read. */
const MOST_TEST_LINES = 100_000;

/** The client version from which on `password TYPE` is followed by lines. */
const MULTILINE_PASSWORD = 5;

/** During these questions every signal, SIGUSR1 too, ends OpenVPN. */
const DEADLY_QUESTIONS: ReadonlySet<string> = new Set([
  "PASSWORD:NEED",
  "NEED-OK",
  "NEED-STR",
  "NEED-CERTIFICATE",
]);

/** Before a tunnel is being set up OpenVPN takes SIGUSR2, which asks for its status, as the signal to end. */
const BEFORE_START: ReadonlySet<string> = new Set(["HOLD", "REMOTE", "PROXY"]);
const STATES_BEFORE_START: ReadonlySet<string> = new Set([
  "CONNECTING",
  "RESOLVE",
  "TCP_CONNECT",
  "RECONNECTING",
]);

/** The questions outside of which OpenVPN refuses such a command at once, and runs its lines as commands. */
const BODY_QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  certificate: ["NEED-CERTIFICATE"],
  "pk-sig": ["PK_SIGN", "RSA_SIGN"],
  "rsa-sig": ["PK_SIGN", "RSA_SIGN"],
  password: ["PASSWORD:NEED"],
};

/**
 * Why a command would end OpenVPN, make it deaf, or do something else than it says, as things stand; undefined when nothing is known
 * against it. Whoever knows better may send it all the same.
 */
export function refusal(command: Command, situation: Situation): string | undefined {
  const { args } = clear(command);
  return (
    outOfVersion(command, situation) ??
    deadlyCommand(command.name, args, situation) ??
    deafening(command.name, args, situation) ??
    strayLines(command, situation)
  );
}

function outOfVersion(command: Command, { version }: Situation): string | undefined {
  if (version === undefined || !lookup(command.name) || supported(command, version)) return undefined;
  const lines = command.body ? ", and would run its lines as commands" : "";
  return `OpenVPN ${version} has no such form of ${command.name}${lines}`;
}

function deadlyCommand(
  name: string,
  args: readonly string[],
  { held, firstHold = held, question = "none", state = "", dialledUs }: Situation,
): string | undefined {
  if (name.startsWith("pkcs11-id-") && firstHold) return `${name} aborts OpenVPN in its first hold`;
  if ((name === "exit" || name === "quit") && dialledUs) return `${name} ends an OpenVPN that has dialled us`;
  if (name === "forget-passwords" && question === "NEED-OK")
    return "forget-passwords while NEED-OK is open makes OpenVPN hang for ever";
  if (name !== "signal") return undefined;
  if (DEADLY_QUESTIONS.has(question)) return `A signal while ${question} is open ends OpenVPN`;
  if (args[0] !== "SIGUSR2") return undefined;
  if (held || firstHold || BEFORE_START.has(question)) return "SIGUSR2 while OpenVPN waits ends it";
  return STATES_BEFORE_START.has(state) ? `SIGUSR2 in state ${state} ends OpenVPN` : undefined;
}

function deafening(name: string, args: readonly string[], { logOn, verb }: Situation): string | undefined {
  const [first, second] = args;
  if (name === "log" && (first === "on" || second === "on") && verb !== undefined && verb >= FLOOD_VERB)
    return `The log at verb ${verb} floods the interface: OpenVPN reads no command any more`;
  if (name === "verb" && logOn && Number(first) >= FLOOD_VERB)
    return `verb ${first} with the log on floods the interface: OpenVPN reads no command any more`;
  if (name === "test" && Number(first) > MOST_TEST_LINES)
    return `test writes more than ${MOST_TEST_LINES} lines at once`;
  return undefined;
}

/** A block that is refused at its first line. */
function strayLines(command: Command, situation: Situation): string | undefined {
  const { name, body } = command;
  const { question, questionType, clientVersion } = situation;
  const questions = BODY_QUESTIONS[name];
  if (!questions || !body) return undefined;
  if (question !== undefined && !questions.includes(question))
    return `OpenVPN does not ask for ${name}, and would run its lines as commands`;
  if (name !== "password") return undefined;
  if (clientVersion !== undefined && clientVersion < MULTILINE_PASSWORD)
    return `OpenVPN takes lines for a password only behind version ${MULTILINE_PASSWORD}, and would run them as commands`;
  if (questionType !== undefined && questionType !== command.args[0])
    return "OpenVPN asks for a password of another type, and would run the lines as commands";
  return undefined;
}
