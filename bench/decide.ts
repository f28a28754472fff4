import { resolve } from "node:path";
import { Engine as JsonRules } from "json-rules-engine";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import type { Event } from "../src/model/event.ts";
import type { Env } from "../src/rules/cel/types.ts";
import { Decider } from "../src/rules/decide.ts";
import { loadRulebooks } from "../src/rules/load/load.ts";
import type { Rulebook } from "../src/rules/rulebook.ts";
import { Windows } from "../src/rules/windows.ts";
import { memoryStore } from "../src/store/memory.ts";
import { VirtualClock } from "../src/util/clock.ts";
import { alternate, median } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";

const WANTED = 0.4;
const SIZES = [100, 1_000, 10_000];
const ROUNDS = 15;
const DECISIONS = 50_000;

/** One rule for each host: when it fails for the second time or later. */
function yaml(from: number, to: number): string {
  let text = "version: 1\nrules:\n";
  for (let i = from; i < to; i++)
    text += `  - id: rule-${i}
    on: remote.failed
    where: { host: vpn${i}.example.net, failures: { gte: 2 } }
    do: [{ emit: { event: given.up } }]
`;
  return text;
}

/** In files of a thousand rules: a file has a bound. */
async function load(rules: number): Promise<Rulebook> {
  const texts = new Map<string, string>();
  for (let from = 0; from < rules; from += 1_000)
    texts.set(resolve(`bench-${from}.yaml`), yaml(from, Math.min(rules, from + 1_000)));
  const { rulebook, problems } = await loadRulebooks([...texts.keys()], {
    plugins: () => Promise.reject(new Error("there are no plugins")),
    actions: builtinCatalogue,
    readFile: (path) => texts.get(path) ?? "",
  });
  if (!rulebook) throw new Error(problems[0]?.message);
  return rulebook;
}

/** Events that match one rule each, spread over all of them. */
function eventsFor(rules: number): Event[] {
  return Array.from({ length: 1_000 }, (_, i) => ({
    type: "remote.failed",
    at: 1_767_600_000_000,
    daemon: "client",
    fields: {
      group: "all",
      host: `vpn${(i * 7_919) % rules}.example.net`,
      port: 1194,
      proto: "udp",
      reason: "timeout",
      failures: 3,
    },
  }));
}

interface Sides {
  readonly signalbox: () => number;
  readonly closure: () => number;
  readonly jsonRules: () => Promise<number>;
}

async function sides(rules: number): Promise<Sides> {
  const rulebook = await load(rules);
  const events = eventsFor(rules);
  return {
    signalbox: bySignalbox(rulebook, events),
    closure: byClosure(rules, events),
    jsonRules: byJsonRules(rules, events),
  };
}

/** With the environment made for each event, as the engine does. */
function bySignalbox(rulebook: Rulebook, events: readonly Event[]): () => number {
  const clock = new VirtualClock(1_767_600_000_000);
  const env = (event: Event): Env => ({
    event: { type: event.type, at: event.at, ...event.fields },
    vars: {},
  });
  const lists = {};
  const decider = new Decider(rulebook, {
    store: memoryStore(),
    clock,
    windows: new Windows({}, clock),
    lists: () => lists,
    attached: () => true,
    env,
    fire: () => undefined,
    wouldFire: () => undefined,
  });
  return () => {
    let fired = 0;
    for (let i = 0; i < DECISIONS; i++) {
      const event = events[i % events.length] as Event;
      fired += decider.decide(event, env(event)).firings.length;
    }
    return matching(fired, DECISIONS);
  };
}

/** What one would write by hand for just these rules. */
function byClosure(rules: number, events: readonly Event[]): () => number {
  const byHost = new Map(
    Array.from({ length: rules }, (_, i) => [
      `vpn${i}.example.net`,
      (event: Event) => Number(event.fields["failures"]) >= 2,
    ]),
  );
  return () => {
    let fired = 0;
    for (let i = 0; i < DECISIONS; i++) {
      const event = events[i % events.length] as Event;
      if (byHost.get(String(event.fields["host"]))?.(event)) fired++;
    }
    return matching(fired, DECISIONS);
  };
}

/** It looks at every rule for every event: fewer decisions do to measure it. */
function byJsonRules(rules: number, events: readonly Event[]): () => Promise<number> {
  const engine = new JsonRules();
  for (let i = 0; i < rules; i++)
    engine.addRule({
      conditions: {
        all: [
          { fact: "host", operator: "equal", value: `vpn${i}.example.net` },
          { fact: "failures", operator: "greaterThanInclusive", value: 2 },
        ],
      },
      event: { type: `rule-${i}` },
    });
  const decisions = Math.max(2, Math.ceil(2_000 / rules));
  return async () => {
    let fired = 0;
    for (let i = 0; i < decisions; i++) {
      const event = events[i % events.length] as Event;
      // oxlint-disable-next-line no-await-in-loop -- one decision after the other, as on the wire
      fired += (await engine.run({ ...event.fields })).events.length;
    }
    return matching(fired, decisions);
  };
}

function matching(fired: number, decisions: number): number {
  if (fired !== decisions) throw new Error(`${fired} rules fired in ${decisions} decisions`);
  return decisions;
}

const measured = await Promise.all(SIZES.map(sides));
const rates = await alternate(
  Object.fromEntries(
    measured.flatMap((each, i) => Object.entries(each).map(([name, side]) => [`${name} ${SIZES[i]}`, side])),
  ),
  ROUNDS,
);
const rateOf = (name: string, rules: number | undefined): readonly number[] =>
  rates[`${name} ${rules}`] ?? [];
const row = (label: string, name: string): string[] => [
  label,
  ...SIZES.map((rules) => rateText(median(rateOf(name, rules)))),
];
console.log("decisions a second, each with one rule that matches");
console.log(
  table(
    ["rules", ...SIZES.map((rules) => rules.toLocaleString("en"))],
    [row("Signalbox", "signalbox"), row("closure by hand", "closure"), row("json-rules-engine", "jsonRules")],
  ),
);
const few = rateOf("signalbox", SIZES[0]);
const many = rateOf("signalbox", SIZES.at(-1));
verdict(median(many.map((rate, round) => rate / (few[round] ?? Number.NaN))), WANTED);
