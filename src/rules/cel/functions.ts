import type { FunctionDefinition } from "../../plugin/contract.ts";
import { formatSize } from "../../util/size.ts";
import { contains, parseIp, parseNetwork } from "../../util/ip.ts";
import { didYouMean } from "../../util/suggest.ts";
import { compareVersions } from "../../util/version.ts";
import { isoTime } from "./builtins/convert.ts";
import { checkZone, localDate } from "./builtins/time.ts";
import { BOOL, NUMBER, record, SIZE, TEXT, TIME } from "./kinds.ts";
import type { Literals, Overload } from "./overload.ts";
import { EvaluationError, type Env, type FunctionSpec } from "./types.ts";

/** What the rulebook declares and expressions name in texts. */
export interface Names {
  readonly windows: readonly string[];
  readonly counters: readonly string[];
  readonly quotas: readonly string[];
}

/** What `quota(name)` gives. */
const QUOTA = record("quota", {
  used: { type: SIZE, about: "used in this period" },
  limit: { type: SIZE, about: "what may be used in it, with what was granted" },
  remaining: { type: SIZE, about: "what is left of it" },
  fraction: { type: NUMBER, about: "the part that is used, 1 for all" },
  exceeded: {
    type: BOOL,
    about: "nothing is left; true or false by on-unknown where the use cannot be known",
  },
  resets_at: { type: TIME, optional: true, about: "when the use begins anew; absent where it never does" },
});

/** The functions of a rulebook beyond CEL's own. `counter`, `window` and `quota` call the functions of that name in the Env. */
export function standardFunctions(names: Names): Record<string, FunctionSpec> {
  return {
    cidr,
    version_less: versionLess,
    bytes_text: {
      params: [SIZE],
      returns: TEXT,
      call: (_env: Env, size: number) => formatSize(size),
      about: "a size as text, such as 1.5GB",
    },
    time_text: {
      params: [TIME, TEXT],
      optionalParams: 1,
      returns: TEXT,
      check: checkZone,
      call: (_env: Env, time: number, zone?: string) => timeText(time, zone),
      about: "a time as text, in UTC or in a zone such as Europe/Berlin",
    },
    counter: {
      params: [TEXT],
      returns: NUMBER,
      check: ([name]) => checkName("counter", name, names.counters),
      call: (env: Env, name: string) => callHost(env, "counter", name),
      about: "the count of a counter, for the key of this event",
    },
    window: {
      params: [TEXT],
      returns: BOOL,
      check: ([name]) => checkName("window", name, names.windows),
      call: (env: Env, name: string) => callHost(env, "window", name),
      about: "whether a window is open now",
    },
    quota: {
      params: [TEXT],
      returns: QUOTA,
      check: ([name]) => checkName("quota", name, names.quotas),
      call: (env: Env, name: string) => callHost(env, "quota", name),
      about: "the use of the client's account under a quota",
    },
  };
}

/** A plugin's functions under the names that expressions use: `plugin.function`. */
export function pluginFunctions(
  plugin: string,
  functions: Readonly<Record<string, FunctionDefinition>>,
): Record<string, FunctionSpec> {
  const specs = Object.entries(functions).map(([name, definition]): [string, FunctionSpec] => {
    const { about, params, returns } = definition;
    const spec: FunctionSpec = {
      params: params.map((kind) => ({ kind })),
      returns: { kind: returns },
      call: (_env: Env, ...args: never[]) => definition.call(...args),
      ...(about === undefined ? {} : { about }),
    };
    return [`${plugin}.${name}`, spec];
  });
  return Object.fromEntries(specs);
}

const cidr: Overload = {
  params: [TEXT, TEXT],
  returns: BOOL,
  about: "whether an IPv4 or IPv6 address lies in a network such as 10.0.0.0/8",
  check: ([, network]) =>
    typeof network === "string" && !parseNetwork(network)
      ? `'${network}' is no network such as 10.0.0.0/8`
      : undefined,
  bind([, literal]: Literals) {
    const network = typeof literal === "string" ? parseNetwork(literal) : undefined;
    return network && ((_env: Env, address: string) => contains(network, readAddress(address)));
  },
  call(_env: Env, address: string, text: string) {
    const network = parseNetwork(text);
    if (!network) throw new EvaluationError(`Not a network: '${text}'`);
    return contains(network, readAddress(address));
  },
};

function readAddress(text: string): readonly number[] {
  const address = parseIp(text);
  if (!address) throw new EvaluationError(`Not an IP address: '${text}'`);
  return address;
}

const versionLess: FunctionSpec = {
  params: [TEXT, TEXT],
  returns: BOOL,
  about: "whether the first version is older, as 2.6.14 is older than 2.7",
  check: (literals) => {
    const bad = literals.find(
      (literal) => typeof literal === "string" && compareVersions(literal, "0") === undefined,
    );
    return bad === undefined ? undefined : `'${bad}' is no version such as 2.6.14`;
  },
  call(_env: Env, a: string, b: string) {
    const order = compareVersions(a, b);
    if (order === undefined) throw new EvaluationError(`Cannot compare the versions '${a}' and '${b}'`);
    return order < 0;
  },
};

/** `2026-01-05 10:00:00 Europe/Berlin`, or `2026-01-05 09:00:00 UTC`. */
function timeText(time: number, zone: string | undefined): string {
  const [date, clock = ""] = isoTime(localDate(time, zone).getTime()).split("T");
  return `${date} ${clock.slice(0, 8)} ${zone ?? "UTC"}`;
}

function checkName(what: string, name: Literals[number], known: readonly string[]): string | undefined {
  if (typeof name !== "string" || known.includes(name)) return undefined;
  return `unknown ${what} '${name}'${didYouMean(name, known)}`;
}

function callHost(env: Env, name: string, argument: string): unknown {
  const host = env[name];
  if (typeof host !== "function") throw new EvaluationError(`${name}() is not known here`);
  return (host as (argument: string) => unknown)(argument);
}
