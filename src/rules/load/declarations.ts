import { resolve as resolvePath } from "node:path";
import { isSeq, type Node } from "yaml";
import { parseAddress } from "../../protocol/address.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { CounterSpec, DaemonSpec, ListSpec, SecretSource, VariableSpec } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { expressionText, readExpression } from "./expressions.ts";
import {
  anything,
  bool,
  duration,
  list,
  number,
  oneOf,
  pairsOf,
  type Shape,
  size,
  table,
  text,
} from "./shape.ts";
import { short } from "./words.ts";
import { parseValue, typeOfValue, VALUE_TYPES, type ValueType } from "./values.ts";
import type { Part, World } from "./world.ts";
import { FIELD, section, checkName } from "./sections.ts";

export const paramShape = table(
  {
    type: { shape: oneOf(...VALUE_TYPES), required: true, about: "The type of the value" },
    default: { shape: anything, about: "The value where --set gives none" },
    about: { shape: text, about: "What it is for" },
  },
  { what: "A parameter" },
);

/** Of what is declared with a wrong type no more can be said where it is used. */
const UNKNOWN = { kind: "any" } as const;

/** Reads a value of a type where it stands. */
function typedValue(type: ValueType, node: Node, context: Context): unknown {
  const shapes: Record<ValueType, Shape<unknown>> = {
    text,
    number: number({ int: false }),
    bool,
    size,
    duration: duration(),
    list: list(text),
  };
  return shapes[type].read(node, context);
}

/** `params:` — the types, and the values by `--set` or default. */
export function readParams(part: Part, world: World, set: ReadonlyMap<string, string>): void {
  const { context } = part;
  for (const [name, pair] of section(part, "params")) {
    if (!FIELD.test(name))
      context.error(pair.key, `'${short(name)}' is no name of a parameter; a-z, 0-9 and _ were expected`);
    world.declare("param", name, pair.key, context);
    const spec = paramShape.read(pair.value, context);
    const type = spec?.get("type");
    world.paramFields[name] = { type: type ? typeOfValue(type) : UNKNOWN };
    if (!spec || !type) continue;
    const given = set.get(name);
    const fallback = spec.has("default") ? typedValue(type, spec.at("default"), context) : undefined;
    if (given !== undefined) {
      const value = parseValue(type, given);
      if (value === undefined)
        context.error(pair.key, `--set ${name}=${short(given)} is not of the type ${type}`);
      world.params[name] = value;
    } else if (spec.has("default")) world.params[name] = fallback;
    else context.error(pair.key, `parameter '${name}' has no value; give --set ${name}=… or a default`);
  }
}

const secretRef = table({ secret: { shape: text, required: true, about: "Name under secrets:" } });

export const daemonShape = table(
  {
    management: {
      shape: text,
      required: true,
      about:
        "unix:PATH or tcp:HOST:PORT; where OpenVPN dials (management-client): listen:unix:PATH or listen:tcp:HOST:PORT",
    },
    password: { shape: secretRef, about: "When OpenVPN asks ENTER PASSWORD:" },
    bytecount: { shape: duration(), about: "Interval of BYTECOUNT; 0s turns it off" },
    "auth-retry": {
      shape: oneOf("none", "nointeract", "interact"),
      about: "What OpenVPN does after a refused login",
    },
  },
  { what: "A daemon" },
);

export function readDaemons(part: Part, world: World): DaemonSpec[] {
  const { context } = part;
  return section(part, "daemons").flatMap(([name, pair]): DaemonSpec[] => {
    checkName(name, "daemon", pair.key, context);
    world.declare("daemon", name, pair.key, context);
    const spec = daemonShape.read(pair.value, context);
    const management = spec?.get("management");
    if (!spec || management === undefined) return [];
    checkAddress(management, spec.at("management"), context);
    const secret = spec.get("password")?.get("secret");
    if (secret !== undefined) world.knows("secret", secret, spec.get("password")?.at("secret"), context);
    const bytecount = spec.get("bytecount");
    const authRetry = spec.get("auth-retry");
    return [
      {
        name,
        management,
        ...(secret === undefined ? {} : { password: { secret } }),
        ...(bytecount === undefined ? {} : { bytecount }),
        ...(authRetry === undefined ? {} : { authRetry }),
      },
    ];
  });
}

/** A slip in the kind would make the whole a path. */
function checkAddress(management: string, node: Node, context: Context): void {
  const kind = /^(?:listen:)?(\w+):/.exec(management)?.[1];
  if (kind !== undefined && management.includes("/") && !ADDRESS_KINDS.includes(kind)) {
    const near = didYouMean(kind, ADDRESS_KINDS);
    context.error(
      node,
      `unknown kind of address '${short(kind)}'${near}; unix:PATH or tcp:HOST:PORT was expected`,
    );
    return;
  }
  try {
    parseAddress(management);
  } catch (error) {
    context.error(node, (error as Error).message);
  }
}

const ADDRESS_KINDS = ["unix", "tcp", "listen"];

const totpShape = table(
  {
    file: {
      shape: text,
      required: true,
      about: "Its first line is the key in base32, or an otpauth:// address that says the rest as well",
    },
    digits: { shape: number({ min: 6, max: 8 }), about: "Of a code; 6" },
    period: { shape: duration({ min: 1000 }), about: "How long a code holds; 30s" },
    algorithm: { shape: oneOf("SHA1", "SHA256", "SHA512"), about: "SHA1" },
  },
  { what: "totp" },
);

export const secretShape = table({
  file: { shape: text, about: "The first line of this file" },
  env: { shape: text, about: "An environment variable" },
  exec: { shape: list(text, { min: 1 }), about: "The first line that a program prints; never a shell" },
  totp: { shape: totpShape, about: "One-time codes (RFC 6238); each is used once" },
  ask: { shape: text, about: "Typed at the terminal; the text says what is asked for" },
  cache: { shape: duration(), about: "With exec and ask: how long it is kept in memory; 0s" },
  timeout: { shape: duration({ min: 1 }), about: "With exec: how long it may take; 10s" },
});

const SOURCES = ["file", "env", "exec", "totp", "ask"] as const;

export function readSecrets(part: Part, world: World): Record<string, SecretSource> {
  const { context } = part;
  const found: Record<string, SecretSource> = {};
  for (const [name, pair] of section(part, "secrets")) {
    checkName(name, "secret", pair.key, context);
    world.declare("secret", name, pair.key, context);
    const spec = secretShape.read(pair.value, context);
    const source = spec && readSource(spec, pair.value, part);
    if (source) found[name] = source;
  }
  return found;
}

function readSource(
  spec: NonNullable<ReturnType<typeof secretShape.read>>,
  node: unknown,
  { context, directory }: Part,
): SecretSource | undefined {
  const given = SOURCES.filter((key) => spec.has(key));
  const [kind, another] = given;
  if (kind === undefined || another !== undefined) {
    // Keys that are wrong themselves: what should stand there instead is anyone's guess.
    if (kind !== undefined || !hasOther(node, context))
      context.error(node, `A secret comes from ${SOURCES.join(", ")}: one of them`);
    return undefined;
  }
  const fits: Readonly<Record<string, readonly string[]>> = { cache: ["exec", "ask"], timeout: ["exec"] };
  for (const key of ["cache", "timeout"] as const)
    if (spec.has(key) && !fits[key]?.includes(kind))
      context.error(spec.at(key), `'${key}' goes with ${fits[key]?.join(" and ")}`);
  const cache = spec.get("cache") ?? 0;
  const [file, env, exec, ask] = [spec.get("file"), spec.get("env"), spec.get("exec"), spec.get("ask")];
  if (file !== undefined) return { file: resolvePath(directory, file) };
  if (env !== undefined) return { env };
  if (exec) return { exec, cache, timeout: spec.get("timeout") ?? 10_000 };
  if (ask !== undefined) return { ask, cache };
  const totp = spec.get("totp");
  const key = totp?.get("file");
  if (!totp || key === undefined) return undefined;
  const period = (totp.get("period") ?? 30_000) / 1000;
  const [digits, algorithm] = [totp.get("digits") ?? 6, totp.get("algorithm") ?? "SHA1"];
  return { totp: { file: resolvePath(directory, key), digits, period, algorithm } };
}

function hasOther(node: unknown, context: Context): boolean {
  const known: readonly string[] = [...SOURCES, "cache", "timeout"];
  return pairsOf(node, context).some(([key]) => !known.includes(key));
}

const listFile = table({ file: { shape: text, required: true, about: "One entry a line" } });

export function readLists(part: Part, world: World): Record<string, ListSpec> {
  const { context, directory } = part;
  const found: Record<string, ListSpec> = {};
  for (const [name, pair] of section(part, "lists")) {
    if (!FIELD.test(name))
      context.error(pair.key, `'${short(name)}' is no name of a list; a-z, 0-9 and _ were expected`);
    world.declare("list", name, pair.key, context);
    if (isSeq(context.resolve(pair.value))) {
      const items = list(text).read(pair.value, context);
      if (items) found[name] = { items };
      continue;
    }
    const file = listFile.read(pair.value, context)?.get("file");
    if (file !== undefined) found[name] = { file: resolvePath(directory, file) };
  }
  return found;
}

export const variableShape = table(
  {
    type: { shape: oneOf(...VALUE_TYPES), required: true, about: "The type of the value" },
    default: { shape: anything, required: true, about: "The value before it is first set" },
    about: { shape: text, about: "What it is for" },
  },
  { what: "A variable" },
);

export function readVariables(part: Part, world: World): Record<string, VariableSpec> {
  const { context } = part;
  const found: Record<string, VariableSpec> = {};
  for (const [name, pair] of section(part, "variables")) {
    if (!FIELD.test(name))
      context.error(pair.key, `'${short(name)}' is no name of a variable; a-z, 0-9 and _ were expected`);
    world.declare("variable", name, pair.key, context);
    const spec = variableShape.read(pair.value, context);
    const type = spec?.get("type");
    world.variableFields[name] = { type: type ? typeOfValue(type) : UNKNOWN };
    if (!spec || !type) continue;
    const value = spec.has("default") ? typedValue(type, spec.at("default"), context) : undefined;
    if (value !== undefined) found[name] = { type, default: value };
  }
  return found;
}

export const counterShape = table(
  {
    key: {
      shape: expressionText,
      about: "For whom it counts: an expression; one count for all when left out",
    },
    window: { shape: duration({ min: 1000 }), about: "What is older counts no more" },
    "max-keys": { shape: number({ min: 1, max: 1_000_000 }), about: "Keys that are kept; 1000" },
  },
  { what: "A counter" },
);

/** Counters are declared first and read when expressions can be. */
export function readCounters(part: Part, world: World): Record<string, CounterSpec> {
  const { context } = part;
  const found: Record<string, CounterSpec> = {};
  for (const [name, pair] of section(part, "counters")) {
    const spec = counterShape.read(pair.value, context);
    if (!spec) continue;
    const key = spec.has("key")
      ? readExpression(spec.at("key"), context, world.eventScope(["own.event"]), { kind: "text" })
      : undefined;
    const window = spec.get("window");
    found[name] = {
      maxKeys: spec.get("max-keys") ?? 1000,
      ...(key ? { key } : {}),
      ...(window === undefined ? {} : { window }),
    };
  }
  return found;
}

/** The names of a section whose content is read later. */
export function declareNames(
  part: Part,
  world: World,
  name: string,
  kind: "counter" | "group" | "proxies" | "quota",
): void {
  for (const [key, pair] of section(part, name)) {
    checkName(key, kind, pair.key, part.context);
    world.declare(kind, key, pair.key, part.context);
  }
}
