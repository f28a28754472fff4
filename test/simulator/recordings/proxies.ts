import { at, type Case } from "./case.ts";

const host = "10.77.1.1";
const login = { username: "bob", password: "pw" };
/** Those of the lab: an open one, one that says 401 to a wrong password, one that says 407, and one for SOCKS. */
const proxies = [
  { host, port: 23128, kind: "HTTP" },
  { host, port: 23129, kind: "HTTP", login: { ...login, answers: 401 } },
  { host, port: 23130, kind: "HTTP", login: { ...login, answers: 407 } },
  { host, port: 23131, kind: "HTTP" },
  { host, port: 21080, kind: "SOCKS" },
] as const;

const STORM = {
  lines: /,TCP_CONNECT,/,
  why: "lines of the storm, and with them others of their kind, were taken out of the recording",
};

const tcp = at(21946, "tcp-client");
const udp = at(21945);
const asked = { proxies, queryRemote: false, queryProxy: true, handshake: 4 } as const;

/** Which way a connection goes. */
export const PROXIES: readonly Case[] = [
  {
    name: "questions for a proxy",
    file: "14-query-proxy.jsonl",
    setup: { ...asked, remotes: [tcp, udp] },
  },
  {
    name: "a wrong password for a proxy",
    file: "16-http-proxy-credentials.jsonl",
    part: 0,
    except: STORM,
    tolerance: 500,
    setup: { ...asked, hold: false, remotes: [tcp], connectTimeout: 3_000, connectRetry: [1, 2] },
  },
  {
    name: "a proxy of the configuration",
    file: "16-http-proxy-credentials.jsonl",
    part: 1,
    except: STORM,
    setup: { ...asked, hold: false, remotes: [{ ...tcp, proxy: { kind: "HTTP", host, port: 23131 } }] },
  },
  {
    name: "a proxy by policy",
    file: "34-proxy-policy.jsonl",
    who: [""],
    setup: { ...asked, remotes: [tcp, udp] },
  },
  {
    name: "entries with a proxy each",
    file: "34-proxy-policy.jsonl",
    who: ["B"],
    setup: {
      proxies,
      remotes: [
        tcp,
        { ...tcp, proxy: { kind: "HTTP", host, port: 23131 } },
        { ...tcp, proxy: { kind: "SOCKS", host, port: 21080 } },
        udp,
      ],
    },
  },
  {
    name: "a wrong password for a proxy, without a cache",
    file: "42-http-proxy-wrong-password-auth-nocache.jsonl",
    except: STORM,
    tolerance: 500,
    setup: {
      ...asked,
      hold: false,
      remotes: [tcp],
      connectTimeout: 3_000,
    },
  },
];
