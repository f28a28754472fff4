import type { Setup, Stage, Verdict } from "../replay.ts";
import { at, type Case } from "./case.ts";

const plain = { hold: false, queryRemote: false } as const;
/** The yes comes with the first push request, or, when it is later than that, with the second. */
const soon: Verdict = (session, later) => later(3, () => session.accept());
const late: Verdict = (session, later) => later(1_500, () => session.accept());

const server =
  (port: number, condition: "up" | "silent") =>
  ({ network }: Stage): void =>
    network.set("10.77.1.1", port, "udp", condition);

const DIAL_OUT = "31-management-client-dial-out.jsonl";
const DISCONNECTS = "32-management-signal-forget-user.jsonl";
const distant: Setup = { ...plain, remotes: [at(21959)] };

/** What the server does to a client, and what its controller's comings and goings do. */
export const LIFE: readonly Case[] = [
  {
    name: "commands that come together",
    file: "07-pipelining-and-log-interleave.jsonl",
    setup: {
      ...plain,
      remotes: [{ ...at(21941), condition: "silent" }],
      script: [[1, server(21941, "up")]],
    },
  },
  {
    name: "a client whose server starts late",
    file: "09-backpressure.jsonl",
    who: ["a"],
    setup: {
      ...plain,
      remotes: [{ ...at(21942), condition: "silent" }],
      script: [[1, server(21942, "up")]],
    },
  },
  {
    name: "a client that asks for its remote",
    file: "09-backpressure.jsonl",
    who: ["c0.0"],
    setup: { hold: false, remotes: [at(21942)] },
  },
  {
    name: "a client that asks for its remote, and is answered late",
    file: "09-backpressure.jsonl",
    who: ["c3.0"],
    // The answer fell on the end of a tick, so it took effect at once.
    tolerance: 1_000,
    setup: { hold: false, remotes: [at(21942)] },
  },
  {
    name: "a server that sends its client away",
    file: "22-client-view-of-kill.jsonl",
    tolerance: 500,
    setup: {
      ...plain,
      remotes: [at(21953)],
      early: 50,
      pingRestart: 20_000,
      exitNotify: 1,
      verdicts: [soon, late, late, late, soon, soon],
      script: [
        [1.785, ({ session }) => session.reset()],
        [9.576, ({ session }) => session.reset("[P]quota exceeded")],
        [17.558, ({ session }) => session.reset("[N]try next")],
        [25.023, server(21953, "silent")],
        [45.5, server(21953, "up")],
        [52.679, server(21953, "silent")],
        [73, server(21953, "up")],
        [74.724, ({ session }) => session.halt("over quota")],
      ],
    },
  },
  {
    name: "a login that is taken back",
    file: "24-client-view-of-reauth.jsonl",
    who: [""],
    setup: {
      ...plain,
      remotes: [at(21954)],
      early: 50,
      verdicts: [soon],
      script: [[12.478, ({ session }) => session.deny("go away")]],
    },
  },
  {
    name: "a login that is taken back and tried again unchanged",
    file: "24-client-view-of-reauth.jsonl",
    who: ["n2"],
    setup: {
      ...plain,
      remotes: [at(21954)],
      early: 50,
      authRetry: "nointeract",
      connectRetry: [1, 5],
      verdicts: [soon, soon],
      script: [
        [24.396, ({ session }) => session.deny("late deny")],
        [41.255, ({ session }) => session.deny()],
        [42.413, ({ daemon }) => daemon.signal("SIGTERM")],
      ],
    },
  },
  {
    name: "a server that is silent now and then",
    file: "24-client-view-of-reauth.jsonl",
    who: ["n3"],
    tolerance: 500,
    setup: {
      ...plain,
      remotes: [at(21954)],
      early: 50,
      pingRestart: 20_000,
      verdicts: [soon, soon, (session) => session.accept(), soon, soon],
      script: [
        [43.952, server(21954, "silent")],
        [64.5, server(21954, "up")],
        [66.279, server(21954, "silent")],
        [87, server(21954, "up")],
        [87.3, server(21954, "silent")],
        [107.5, server(21954, "up")],
        [109.148, server(21954, "silent")],
        [129.5, server(21954, "up")],
        [133.185, ({ daemon }) => daemon.signal("SIGTERM")],
      ],
    },
  },
  {
    name: "a tunnel with IPv6, routes, echoes and --management-up-down",
    file: "30-updown-echo-notify.jsonl",
    setup: {
      queryRemote: false,
      remotes: [at(21959)],
      upDown: true,
      echo: ["cfg hello world", "setenv X"],
      verdicts: [
        (session) =>
          session.accept({
            echo: ["from-server one two"],
            address: "10.99.0.10",
            address6: "fd99::10",
            routes: true,
          }),
      ],
      script: [
        [
          0.663,
          (stage) => {
            server(21959, "silent")(stage);
            stage.session.reset();
          },
        ],
      ],
    },
  },
  {
    name: "a daemon that dials: it ends with its controller",
    file: DIAL_OUT,
    who: ["tcp"],
    setup: {
      queryRemote: false,
      dialsController: true,
      remotes: [{ ...at(21959), condition: "silent" }],
    },
  },
  {
    name: "a daemon that dials: it ends in a hold",
    file: DIAL_OUT,
    who: ["tcp2"],
    setup: { queryRemote: false, dialsController: true, remotes: [at(21959)] },
  },
  {
    name: "a daemon that dials and asks for a password",
    file: DIAL_OUT,
    who: ["unix"],
    setup: { ...distant, dialsController: true, password: "let me in" },
  },
  {
    name: "--management-signal",
    file: DISCONNECTS,
    who: ["sig", "sig2"],
    setup: { ...distant, signalsOnDisconnect: true, early: 50 },
  },
  {
    name: "--management-forget-disconnect",
    file: DISCONNECTS,
    who: ["fd", "fd2"],
    setup: { ...distant, forgetsOnDisconnect: true, auth: {} },
  },
  {
    name: "--remap-usr1",
    file: DISCONNECTS,
    who: ["remap"],
    setup: { ...distant, remapUsr1: "SIGTERM", early: 50 },
  },
  {
    name: "a daemon that is killed",
    file: DISCONNECTS,
    who: ["k9"],
    setup: { ...distant, script: [[24.98, ({ daemon }) => daemon.exit(137)]] },
  },
  { name: "a daemon whose socket is taken over", file: DISCONNECTS, who: ["k9b"], setup: distant },
  {
    name: "a daemon that takes over a socket",
    file: DISCONNECTS,
    who: ["other"],
    setup: { queryRemote: false, remotes: [at(21959)] },
  },
];
