import type { Daemon, Link, Subject } from "./subject.ts";

/** Where a daemon stands when it is spoken to. */
export interface Mode {
  readonly name: string;
  readonly kind: "client" | "server";
  /** Nothing is set up: what belongs to clients or servers is refused. */
  readonly fresh: boolean;
  /** It has been set up before. */
  readonly again?: true;
  /** The line that is repeated to a new controller. */
  readonly question?: RegExp;
  /** What is asked for, by the names of `username`, `password`, `needok`, `needstr`. */
  readonly asks?: readonly ("username" | "password" | "needok" | "needstr")[];
  /** The type of what is asked for. */
  readonly type?: string;
  readonly held?: true;
  /** Starts a daemon and brings it there. */
  readonly reach: (subject: Subject) => Promise<Reached>;
}

export interface Reached {
  readonly daemon: Daemon;
  readonly link: Link;
}

const HOLD = /^>HOLD:Waiting for hold release:\d+$/;

async function at(starting: Promise<Daemon>, ...sees: readonly RegExp[]): Promise<Reached> {
  const daemon = await starting;
  const link = await daemon.controller();
  await link.sees(/^>INFO:/);
  for (const pattern of sees) await link.sees(pattern);
  return { daemon, link };
}

/** Hears of states, too; `seen` may have been before. */
async function live(starting: Promise<Daemon>, state: string): Promise<Reached> {
  const reached = await at(starting);
  await reached.link.ask("state on all\n");
  await reached.link.sees(new RegExp(`\\d,${state},`));
  return reached;
}

async function laterHold(starting: Promise<Daemon>, signal = "SIGUSR1"): Promise<Reached> {
  const reached = await live(starting, "CONNECTED");
  await reached.link.ask(`state off\nhold on\nsignal ${signal}\n`);
  await reached.link.sees(HOLD);
  return reached;
}

async function needStr(subject: Subject): Promise<Reached> {
  return at(subject.client({ pkcs11: true }), /^>NEED-STR:/);
}

const TOKEN = "token-insertion-request";

export const MODES = {
  firstHold: {
    name: "the first hold of a client",
    ...{ kind: "client", fresh: true, question: HOLD, held: true },
    reach: (subject) => at(subject.client({ hold: true }), HOLD),
  },
  laterHold: {
    name: "the hold of a client behind SIGUSR1",
    ...{ kind: "client", fresh: false, question: HOLD, held: true },
    reach: (subject) => laterHold(subject.client({ meets: "up" })),
  },
  rereadHold: {
    name: "the hold of a client behind SIGHUP",
    ...{ kind: "client", fresh: true, again: true, question: HOLD, held: true },
    reach: (subject) => laterHold(subject.client({ meets: "up" }), "SIGHUP"),
  },
  remote: {
    name: "the question REMOTE",
    ...{ kind: "client", fresh: false, question: /^>REMOTE:127\.0\.0\.1,\d+,udp$/ },
    reach: (subject) => at(subject.client({ queryRemote: true }), /^>REMOTE:/),
  },
  proxy: {
    name: "the question PROXY",
    ...{ kind: "client", fresh: false, question: /^>PROXY:1,TCP,127\.0\.0\.1$/ },
    reach: (subject) => at(subject.client({ queryProxy: true, proto: "tcp" }), /^>PROXY:/),
  },
  password: {
    name: "the question PASSWORD",
    ...{ kind: "client", fresh: true, question: /^>PASSWORD:Need 'Auth' username\/password$/ },
    ...{ asks: ["username", "password"], type: "Auth" },
    reach: (subject) => at(subject.client({ auth: {} }), /^>PASSWORD:/),
  },
  privateKey: {
    name: "the question for the password of a key",
    ...{ kind: "client", fresh: false, question: /^>PASSWORD:Need 'Private Key' password$/ },
    ...{ asks: ["password"], type: "Private Key" },
    reach: (subject) => at(subject.client({ keyPassword: "sesame" }), /^>PASSWORD:/),
  },
  needStr: {
    name: "the question NEED-STR",
    ...{ kind: "client", fresh: false, asks: ["needstr"], type: "pkcs11-id-request" },
    question: /^>NEED-STR:Need 'pkcs11-id-request' string MSG:Please specify PKCS#11 id to use$/,
    reach: needStr,
  },
  needOk: {
    name: "the question NEED-OK",
    ...{ kind: "client", fresh: false, asks: ["needok"], type: TOKEN },
    question: new RegExp(`^>NEED-OK:Need '${TOKEN}' confirmation MSG:Please insert My token$`),
    reach: async (subject) => {
      const reached = await needStr(subject);
      await reached.link.ask("needstr pkcs11-id-request a/b/c/My/01\n");
      await reached.link.sees(/^>NEED-OK:/);
      return reached;
    },
  },
  certificate: {
    name: "the question NEED-CERTIFICATE",
    ...{ kind: "client", fresh: false, question: /^>NEED-CERTIFICATE:which one$/ },
    reach: (subject) =>
      at(subject.client({ externalKey: { certificate: "which one" } }), /^>NEED-CERTIFICATE:/),
  },
  sign: {
    name: "the question PK_SIGN",
    ...{ kind: "client", fresh: false, question: /^>PK_SIGN:[A-Za-z0-9+/=]+,ECDSA$/ },
    reach: async (subject) => {
      const reached = await at(subject.client({ hold: true, meets: "up", externalKey: {} }), HOLD);
      await reached.link.ask("version 3\nhold release\n");
      await reached.link.sees(/^>PK_SIGN:/);
      return reached;
    },
  },
  connecting: {
    name: "a client that is connecting",
    ...{ kind: "client", fresh: false },
    reach: (subject) => live(subject.client(), "WAIT"),
  },
  connected: {
    name: "a client that is connected",
    ...{ kind: "client", fresh: false },
    reach: (subject) => live(subject.client({ meets: "up" }), "CONNECTED"),
  },
  serverFirstHold: {
    name: "the first hold of a server",
    ...{ kind: "server", fresh: true, question: HOLD, held: true },
    reach: (subject) => at(subject.server({ hold: true }), HOLD),
  },
  serverLaterHold: {
    name: "the hold of a server behind SIGUSR1",
    ...{ kind: "server", fresh: true, again: true, question: HOLD, held: true },
    reach: (subject) => laterHold(subject.server()),
  },
  serverRereadHold: {
    name: "the hold of a server behind SIGHUP",
    ...{ kind: "server", fresh: true, again: true, question: HOLD, held: true },
    reach: (subject) => laterHold(subject.server(), "SIGHUP"),
  },
  server: {
    name: "a server without --management-client-auth",
    ...{ kind: "server", fresh: false },
    reach: (subject) => live(subject.server({ clientAuth: false }), "CONNECTED"),
  },
  authServer: {
    name: "a server with --management-client-auth",
    ...{ kind: "server", fresh: false },
    reach: (subject) => live(subject.server(), "CONNECTED"),
  },
} as const satisfies Readonly<Record<string, Mode>>;

export type ModeName = keyof typeof MODES;
export const MODE_NAMES = Object.keys(MODES) as ModeName[];
