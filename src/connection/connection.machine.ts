import { assign, emit, setup } from "xstate";

/** Times of the connection, ms. */
export interface ConnectionTimes {
  /** How long the greeting may take before another manager must be holding the slot. */
  readonly greeting: number;
  /** Total silence with commands waiting, after which the connection is given up. */
  readonly silence: number;
  /** Longest pause between two attempts to connect. */
  readonly longestPause: number;
}

export interface ConnectionSetting {
  readonly times: ConnectionTimes;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** OpenVPN dials us. */
  readonly listening: boolean;
}

export type ConnectionInput =
  | { readonly type: "start" }
  | { readonly type: "opened" }
  | { readonly type: "greeted" }
  | { readonly type: "closed" }
  /** Something was heard, or the last waiting command got its reply. */
  | { readonly type: "heard"; readonly waiting: boolean }
  /** A command was written. */
  | { readonly type: "asked" }
  | { readonly type: "stop" };

export type ConnectionEffect =
  { readonly type: "open" } | { readonly type: "overdue" } | { readonly type: "silent" };

/** The first pause after a lost connection, ms; it doubles with each failed attempt. */
const FIRST_PAUSE = 100;

/**
 * The phases of one management connection. No I/O here: effects go out, inputs come in, the clock is handed in by the actor.
 * idle → opening → greeting → attached → pausing → opening …; greeting also holds while another manager has the slot: the
 * kernel keeps us in the queue, and we are served when that one leaves.
 * Where OpenVPN dials us, `opening` lasts until it does, nothing pauses, and no silence is too long: closing ends OpenVPN.
 */
export const connectionMachine = setup({
  types: {
    input: {} as ConnectionSetting,
    context: {} as ConnectionSetting & { failures: number },
    events: {} as ConnectionInput,
    emitted: {} as ConnectionEffect,
  },
  delays: {
    greeting: ({ context }) => context.times.greeting,
    silence: ({ context }) => context.times.silence,
    pause: ({ context }) => {
      const full = Math.min(context.times.longestPause, FIRST_PAUSE * 2 ** Math.min(context.failures, 20));
      return full * (0.5 + context.random() / 2);
    },
  },
  guards: {
    listening: ({ context }) => context.listening,
    dialling: ({ context }) => !context.listening,
  },
  actions: {
    open: emit({ type: "open" }),
    tellOverdue: emit({ type: "overdue" }),
    tellSilent: emit({ type: "silent" }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
  },
}).createMachine({
  id: "connection",
  context: ({ input }) => ({ ...input, failures: 0 }),
  initial: "idle",
  on: { stop: ".stopped" },
  states: {
    idle: { on: { start: "opening" } },
    opening: {
      entry: "open",
      on: { opened: "greeting", closed: { target: "pausing", actions: "countFailure" } },
    },
    greeting: {
      initial: "fresh",
      on: {
        greeted: "attached",
        closed: [
          { guard: "listening", target: "opening" },
          { target: "pausing", actions: "countFailure" },
        ],
      },
      states: {
        fresh: { after: { greeting: { target: "overdue", actions: "tellOverdue" } } },
        overdue: {},
      },
    },
    attached: {
      entry: "forgetFailures",
      initial: "quiet",
      on: { closed: [{ guard: "listening", target: "opening" }, { target: "pausing" }] },
      states: {
        quiet: { on: { asked: { guard: "dialling", target: "waiting" } } },
        waiting: {
          after: { silence: { actions: "tellSilent" } },
          on: {
            heard: [
              { guard: ({ event }) => event.waiting, target: "waiting", reenter: true },
              { target: "quiet" },
            ],
          },
        },
      },
    },
    pausing: { after: { pause: "opening" } },
    stopped: { type: "final" },
  },
});
