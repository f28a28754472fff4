import { isMap, isScalar, isSeq, type Node } from "yaml";
import { Secret } from "../../util/secret.ts";
import type { TestCase, TestStep } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { anything, duration, list, mapOf, oneOf, pairsOf, table, text, unknownKey } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";

/** The moment at which a test starts when it names none. */
const DEFAULT_START = Date.UTC(2026, 0, 1);

const daemonShape = table(
  {
    version: { shape: text, about: "OpenVPN's version; 2.6.14" },
    role: { shape: oneOf("client", "server"), about: "client" },
    entries: { shape: list(text), about: "OpenVPN's list of remotes: host,port,proto" },
    secrets: { shape: mapOf(text, /^.+$/, "a name"), about: "Secrets for the test" },
  },
  { future: ["flags"] },
);

export const testShape = table(
  {
    name: { shape: text, required: true, about: "What it shows" },
    at: { shape: text, about: "Start of the virtual clock, such as 2026-01-05T09:00:00+01:00" },
    daemon: { shape: daemonShape, about: "The OpenVPN of the test" },
    steps: { shape: anything, required: true, about: "What happens, and what is expected" },
  },
  { what: "A test" },
);

const STEPS = [
  "receive",
  "expect",
  "reply",
  "advance",
  "restart",
  "expect-fired",
  "expect-not-fired",
] as const;

export function readTests(part: Part, world: World): TestCase[] {
  const { context } = part;
  const node = part.sections.get("tests");
  const found = node && context.resolve(node);
  if (!node) return [];
  if (!isSeq(found)) {
    context.error(node, "A list of tests was expected");
    return [];
  }
  return found.items.flatMap((item): TestCase[] => {
    const test = readTest(item as Node, context, world);
    return test ? [test] : [];
  });
}

function readTest(node: Node, context: Context, world: World): TestCase | undefined {
  const spec = testShape.read(node, context);
  if (!spec) return undefined;
  const at = spec.has("at") ? moment(spec.get("at"), spec.at("at"), context) : DEFAULT_START;
  const daemon = spec.get("daemon");
  const entries = daemon?.get("entries") ?? [];
  for (const [i, entry] of entries.entries())
    if (!/^[^,\s]+,\d{1,5},[a-z0-9-]+(,(enabled|disabled))?$/.test(entry))
      context.error(
        context.item(daemon?.at("entries"), i),
        `'${short(entry)}' is no entry; host,port,proto was expected`,
      );
  const secrets = [...(daemon?.get("secrets") ?? [])].map(([name, { value, node: key }]) => {
    world.knows("secret", name, key, context);
    return [name, new Secret(value)] as const;
  });
  const steps = spec.has("steps") ? readSteps(spec.at("steps"), context, world) : [];
  const name = spec.get("name");
  if (name === undefined || at === undefined) return undefined;
  return {
    name,
    position: context.position(node),
    at,
    daemon: {
      version: daemon?.get("version") ?? "2.6.14",
      role: daemon?.get("role") ?? "client",
      entries,
      secrets: Object.fromEntries(secrets),
    },
    steps,
  };
}

function moment(value: string | undefined, node: Node, context: Context): number | undefined {
  if (value === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(value)
    ? Date.parse(value)
    : Number.NaN;
  if (!Number.isNaN(at)) return at;
  return context.error(node, `'${short(value)}' is not a moment such as 2026-01-05T09:00:00+01:00`);
}

function readSteps(node: Node, context: Context, world: World): TestStep[] {
  const found = context.resolve(node);
  if (!isSeq(found)) {
    context.error(node, "A list of steps was expected");
    return [];
  }
  return found.items.flatMap((item): TestStep[] => {
    const step = readStep(item as Node, context, world);
    return step ? [{ position: context.position(item), ...step } as TestStep] : [];
  });
}

type Step = TestStep extends infer S ? (S extends TestStep ? Omit<S, "position"> : never) : never;

function readStep(node: Node, context: Context, world: World): Step | undefined {
  if (!isMap(context.resolve(node))) return context.error(node, `A step was expected: ${STEPS.join(", ")}`);
  const [first, second] = pairsOf(node, context);
  if (!first) return context.error(node, "A step was expected");
  if (second) context.error(second[1].key, "A step is one thing");
  const [name, pair] = first;
  const value = pair.value as Node;
  switch (name) {
    case "receive": {
      const lines = texts(value, context);
      return (
        lines && { receive: lines.flatMap((line) => line.split("\n")).filter((line) => line.trim() !== "") }
      );
    }
    case "expect": {
      const commands = texts(value, context);
      return commands && { expect: commands.map((command) => command.replace(/\n$/, "")) };
    }
    case "reply": {
      const reply = text.read(value, context);
      if (reply !== undefined && !/^(SUCCESS|ERROR):/.test(reply))
        return context.error(value, "SUCCESS: … or ERROR: … was expected");
      return reply === undefined ? undefined : { reply };
    }
    case "advance": {
      const advance = duration().read(value, context);
      return advance === undefined ? undefined : { advance };
    }
    case "restart":
      return oneOf("engine").read(value, context) && { restart: "engine" };
    case "expect-fired": {
      const rules = texts(value, context);
      for (const [i, rule] of (rules ?? []).entries())
        world.knows("rule", rule, context.item(value, i), context);
      return rules && { expectFired: rules };
    }
    case "expect-not-fired":
      return readNotFired(value, context, world);
    default:
      return context.error(pair.key, unknownKey(name, STEPS, []));
  }
}

const STAGES = ["where", "when", "during", "for", "count", "throttle", "mode"] as const;
const notFiredShape = table({
  rule: { shape: text, required: true, about: "Its id" },
  because: { shape: oneOf(...STAGES), about: "The stage that held it back" },
});

function readNotFired(node: Node, context: Context, world: World): Step | undefined {
  if (isScalar(context.resolve(node))) {
    const rule = text.read(node, context);
    return rule !== undefined && world.knows("rule", rule, node, context)
      ? { expectNotFired: { rule } }
      : undefined;
  }
  const spec = notFiredShape.read(node, context);
  const rule = spec?.get("rule");
  if (!spec || rule === undefined || !world.knows("rule", rule, spec.at("rule"), context)) return undefined;
  const because = spec.get("because");
  return { expectNotFired: { rule, ...(because ? { because } : {}) } };
}

/** One text, a list of them. */
function texts(node: Node, context: Context): string[] | undefined {
  return list(text, { orOne: true }).read(node, context);
}
