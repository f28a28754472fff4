import { assign, emit, setup } from "xstate";

/** OpenVPN looks for answers of its controller once in this time, ms. */
const TICK = 1_000;

export type ClientInput =
  | { readonly type: "start" }
  | { readonly type: "release" }
  /** What is asked at the start is known. */
  | { readonly type: "queried" }
  /** The list gave an entry. */
  | { readonly type: "chosen" }
  | { readonly type: "accept" }
  | { readonly type: "skip" }
  /** The question for a proxy is answered. */
  | { readonly type: "proxied" }
  /** Keys and what is asked before an attempt are there. */
  | { readonly type: "prepared" }
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
  | { readonly type: "query" }
  | { readonly type: "pause" }
  | { readonly type: "choose" }
  | { readonly type: "askRemote" }
  | { readonly type: "askProxy" }
  | { readonly type: "prepare" }
  | { readonly type: "dial" };

/** What decides the way, looked at when it is needed: commands change it. */
export interface ClientFlags {
  readonly hold: boolean;
  readonly queryRemote: boolean;
  readonly queryProxy: boolean;
  /** A question for a proxy follows the one for a remote. */
  readonly queryBoth: boolean;
}

/**
 * The phases of a client between two signals: held → choosing → asking → preparing → dialling → connected, and back by a
 * restart. An
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
    rereads: ({ context }) => context.reread,
    rests: ({ context }) => context.pause > 0,
    asksRemote: ({ context }) => context.flags.queryRemote,
    asksProxy: ({ context }) => context.flags.queryProxy,
    asksProxyToo: ({ context }) => context.flags.queryProxy && context.flags.queryBoth,
  },
  actions: {
    hold: emit(({ context }) => ({ type: "hold" as const, seconds: context.reread ? 0 : context.pause })),
    released: emit({ type: "released" }),
    query: emit({ type: "query" }),
    pause: emit({ type: "pause" }),
    choose: emit({ type: "choose" }),
    askRemote: emit({ type: "askRemote" }),
    askProxy: emit({ type: "askProxy" }),
    prepare: emit({ type: "prepare" }),
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
  // The first start is like a reading of the configuration without a pause.
  context: ({ input }) => ({ flags: input.flags, pause: 0, reread: true }),
  initial: "new",
  on: { exit: ".exited" },
  states: {
    new: { on: { start: "waiting" } },
    waiting: {
      always: [
        { guard: "holds", target: "held" },
        { guard: "rereads", target: "querying" },
        { target: "pausing" },
      ],
    },
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
        { guard: "rereads", target: "querying", actions: "released" },
        { target: "running", actions: "released" },
      ],
    },
    querying: {
      entry: "query",
      on: {
        queried: [{ guard: "rests", target: "pausing" }, { target: "running" }],
        restart: { target: "waiting", actions: ["takePause", "tellRestart"] },
      },
    },
    pausing: {
      entry: "pause",
      after: { pause: "running" },
      on: { restart: { target: "waiting", actions: ["takePause", "tellRestart"] } },
    },
    running: {
      initial: "choosing",
      on: { restart: { target: "waiting", actions: ["takePause", "tellRestart"] } },
      states: {
        choosing: {
          entry: "choose",
          on: {
            chosen: [
              { guard: "asksRemote", target: "asking" },
              { guard: "asksProxy", target: "proxying" },
              { target: "preparing" },
            ],
          },
        },
        asking: { entry: "askRemote", on: { accept: "accepted", skip: "skipped" } },
        accepted: {
          after: { tick: [{ guard: "asksProxyToo", target: "proxying" }, { target: "preparing" }] },
        },
        skipped: { after: { tick: "choosing" } },
        proxying: { entry: "askProxy", on: { proxied: "routed" } },
        routed: { after: { tick: "preparing" } },
        preparing: { entry: "prepare", on: { prepared: "dialling" } },
        dialling: { entry: "dial", on: { up: "connected" } },
        connected: {},
      },
    },
    exited: { type: "final" },
  },
});
