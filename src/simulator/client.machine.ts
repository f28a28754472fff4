import { assign, emit, setup } from "xstate";

/** OpenVPN looks for answers of its controller once in this time, ms. */
const TICK = 1_000;

export type ClientInput =
  | { readonly type: "start" }
  | { readonly type: "release" }
  /** The list gave an entry. */
  | { readonly type: "chosen" }
  | { readonly type: "accept" }
  | { readonly type: "skip" }
  | { readonly type: "up" }
  /**
   * The attempt or the tunnel ended; `pause` is what is advised before the next attempt, s. It comes after the hold, and is
   * not told, when the configuration is read again.
   */
  | { readonly type: "restart"; readonly reason: string; readonly pause: number; readonly reread: boolean }
  | { readonly type: "exit" };

export type ClientEffect =
  | { readonly type: "restarted"; readonly reason: string }
  | { readonly type: "hold"; readonly seconds: number }
  | { readonly type: "released" }
  | { readonly type: "choose" }
  | { readonly type: "ask" }
  | { readonly type: "dial" };

/** What decides the way, looked at when it is needed: commands change it. */
export interface ClientFlags {
  readonly hold: boolean;
  readonly queryRemote: boolean;
}

/**
 * The phases of a client between two signals: held → choosing → asking → dialling → connected, and back by a restart. An
 * answer to a question is acted upon at the next tick. Effects go out, inputs come in, the clock is handed in by the actor.
 */
export const clientMachine = setup({
  types: {
    input: {} as { flags: ClientFlags },
    context: {} as { flags: ClientFlags; pause: number; reread: boolean },
    events: {} as ClientInput,
    emitted: {} as ClientEffect,
  },
  delays: { pause: ({ context }) => context.pause * 1000, tick: TICK },
  guards: {
    holds: ({ context }) => context.flags.hold,
    rests: ({ context }) => context.reread,
    asks: ({ context }) => context.flags.queryRemote,
  },
  actions: {
    hold: emit(({ context }) => ({ type: "hold" as const, seconds: context.reread ? 0 : context.pause })),
    released: emit({ type: "released" }),
    choose: emit({ type: "choose" }),
    ask: emit({ type: "ask" }),
    dial: emit({ type: "dial" }),
    takePause: assign(({ context, event }) =>
      event.type === "restart" ? { pause: event.pause, reread: event.reread } : context,
    ),
    tellRestart: emit(({ event }) => ({
      type: "restarted" as const,
      reason: event.type === "restart" ? event.reason : "",
    })),
  },
}).createMachine({
  id: "client",
  context: ({ input }) => ({ flags: input.flags, pause: 0, reread: false }),
  initial: "new",
  on: { exit: ".exited" },
  states: {
    new: { on: { start: "waiting" } },
    waiting: { always: [{ guard: "holds", target: "held" }, { target: "pausing" }] },
    held: {
      entry: "hold",
      initial: "waits",
      // What was sent together with the release is still done in the hold.
      states: {
        waits: { on: { release: "released" } },
        released: { after: { 0: "done" } },
        done: { type: "final" },
      },
      onDone: [
        { guard: "rests", target: "pausing", actions: "released" },
        { target: "running", actions: "released" },
      ],
    },
    pausing: {
      after: { pause: "running" },
      on: { restart: { target: "waiting", actions: ["takePause", "tellRestart"] } },
    },
    running: {
      initial: "choosing",
      on: { restart: { target: "waiting", actions: ["takePause", "tellRestart"] } },
      states: {
        choosing: {
          entry: "choose",
          on: { chosen: [{ guard: "asks", target: "asking" }, { target: "dialling" }] },
        },
        asking: { entry: "ask", on: { accept: "accepted", skip: "skipped" } },
        accepted: { after: { tick: "dialling" } },
        skipped: { after: { tick: "choosing" } },
        dialling: { entry: "dial", on: { up: "connected" } },
        connected: {},
      },
    },
    exited: { type: "final" },
  },
});
