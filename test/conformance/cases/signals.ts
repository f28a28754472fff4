import { type Mode, MODE_NAMES, type ModeName, MODES } from "../modes.ts";
import { type Said, says } from "../subject.ts";
import { type Case, state } from "./case.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
type Signal = (typeof SIGNALS)[number];

/** What a signal leads to behind its reply: lines, and the exit status if that is the end. */
interface Outcome {
  readonly lines: readonly Said[];
  readonly code?: number;
}

const ends = (...lines: readonly Said[]): Outcome => ({ lines, code: 0 });
const dies = (text: string): Outcome => ({ lines: [`>FATAL:${text}`], code: 1 });
const restarts = (reason: string, pause: number): Outcome => ({
  lines: [state("RECONNECTING", reason), `>HOLD:Waiting for hold release:${pause}`],
});
/** Statistics go to the log. */
const noted: Outcome = { lines: [] };

type Outcomes = Readonly<Partial<Record<Signal, Outcome>>>;
const every = (outcome: Outcome): Outcomes => Object.fromEntries(SIGNALS.map((name) => [name, outcome]));

/** In every hold SIGHUP and SIGUSR1 are refused, which is a row of the table of commands. */
const held = (end: Outcome): Outcomes => ({ SIGTERM: end, SIGINT: end, SIGUSR2: ends() });
const running: Outcomes = {
  SIGTERM: ends(state("EXITING", "SIGTERM")),
  SIGINT: ends(state("EXITING", "SIGINT")),
  SIGHUP: restarts("SIGHUP", 0),
  SIGUSR1: restarts("SIGUSR1", 1),
  SIGUSR2: noted,
};
const between = ends(state("EXITING", "init_instance"));
/** Before an attempt, where it is not in its main loop. */
const choosing: Outcomes = {
  SIGTERM: between,
  SIGINT: between,
  SIGHUP: restarts("init_instance", 0),
  SIGUSR1: restarts("close_context usr1 to hup", 0),
  SIGUSR2: ends(),
};
const unread = (what: string): Outcomes =>
  every(dies(`ERROR: could not read ${what} username/password/ok/string from management interface`));
const keyless = every(dies("Error: private key password verification failed"));

const OUTCOMES: Readonly<Record<ModeName, Outcomes>> = {
  firstHold: held(ends()),
  laterHold: held(between),
  rereadHold: held(ends()),
  remote: choosing,
  proxy: choosing,
  password: unread("Auth"),
  privateKey: unread("Private Key"),
  needStr: keyless,
  needOk: keyless,
  certificate: every(dies("Cannot load inline certificate file")),
  // A weaker signal than that of the failure is lost.
  sign: { ...running, SIGUSR1: restarts("tls-error", 1), SIGUSR2: restarts("tls-error", 1) },
  connecting: running,
  connected: running,
  serverFirstHold: held(ends()),
  serverLaterHold: held(between),
  serverRereadHold: held(ends()),
  server: running,
  authServer: running,
};

export const SIGNAL_CASES: readonly Case[] = MODE_NAMES.flatMap((mode) =>
  SIGNALS.flatMap((signal): Case[] => {
    const outcome = OUTCOMES[mode][signal];
    if (!outcome) return [];
    return [
      {
        title: `${signal}: ${MODES[mode].name}`,
        covers: [[mode, `signal ${signal}`]],
        run: async (subject) => {
          const { reach, held: holds }: Mode = MODES[mode];
          const { link, daemon } = await reach(subject);
          await link.ask(holds ? "state on\n" : "hold on\nstate on\n");
          const from = link.lines.length;
          link.write(`signal ${signal}\n`);
          if (outcome.code !== undefined) await link.end();
          else if (outcome.lines.length > 0) await link.sees(/^>HOLD:/, from);
          else await link.sees(/^SUCCESS:/, from);
          says(link.lines.slice(from), `SUCCESS: signal ${signal} thrown`, ...outcome.lines);
          if (outcome.code !== undefined) says([String(await daemon.ended())], String(outcome.code));
          else await link.ask("");
        },
      },
    ];
  }),
);

/** Before anything was set up. */
export const ABORT_CASES: readonly Case[] = (["firstHold", "password", "serverFirstHold"] as const).flatMap(
  (mode) =>
    ["pkcs11-id-count", "pkcs11-id-get 0"].map((sent): Case => ({
      title: `${sent} aborts it: ${MODES[mode].name}`,
      covers: [[mode, sent]],
      run: async (subject) => {
        const { link, daemon } = await MODES[mode].reach(subject);
        const from = link.lines.length;
        link.write(`${sent}\n`);
        await link.end();
        says([...link.lines.slice(from), String(await daemon.ended())], "134");
      },
    })),
);
