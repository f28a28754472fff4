import type { Dial, Question as RemoteQuestion } from "../../policy/dial.ts";
import type { Decision, RemoteGroup } from "../../policy/group.ts";
import type { ProxyGroup } from "../../policy/proxy-group.ts";
import type { Env } from "../../rules/cel/types.ts";
import type { Answer } from "../../rules/answer.ts";
import type { HoldSituation } from "../hold.ts";
import type { Inquiry, Question } from "../question.ts";

/** Where an attempt goes. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
}

/** The proxy of an attempt. */
export interface Proxied {
  readonly group?: string;
  readonly host: string;
  readonly port: number;
  readonly proto: "http" | "socks";
}

/** What working out a move needs to know of its daemon. */
export interface MoveContext {
  readonly daemon: string;
  readonly dial: Dial;
  /** The REMOTE question as asked. */
  readonly asked: RemoteQuestion | undefined;
  env(question: Question): Env;
  holdSituation(question: Question): HoldSituation;
  group(name: string): RemoteGroup | undefined;
  /** Runs what answers outside: a program, a plugin, a signature. Rejects with an Error that says why there is no answer. */
  consult(inquiry: Inquiry): Promise<Answer>;
  /** Why a realm is not answered any more; undefined while the budget lasts. */
  spent(realm: string, budget: number): string | undefined;
  /** The credentials as they are now. Rejects with an Error that says what is missing. */
  login(question: Question, credentials: Extract<Answer, { kind: "credentials" }>): Promise<Answer>;
  /** OpenVPN has them. */
  loggedIn(realm: string): void;
  /** The lines of the certificates in a file. Throws an Error that says why there are none. */
  certificates(path: string): readonly string[];
  /** A group of proxies. */
  proxies(name: string): ProxyGroup | undefined;
  /** What rules say of PROXY where OpenVPN will not ask; undefined where it does, or no rule is on it. */
  proxyFor(question: Question, target: Place): Answer | undefined;
  /** Going without a proxy is forbidden. */
  mustProxy(question: Question): boolean;
  /** Asks a program or plugin which proxy to take. */
  consultProxy(question: Question, target: Place, answer: Answer): Promise<Answer>;
  /** `proxy …` was taken. */
  proxied(proxy: Proxied | undefined): void;
  /** No proxy of a group may be used. */
  exhausted(group: string, why: string): void;
  released(): void;
  /** `remote SKIP` is about to be sent. */
  skipping(count: number): void;
  /** `remote …` was taken; `group` when it chose. */
  dialled(decision: Decision, group: string | undefined): void;
}
