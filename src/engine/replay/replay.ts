import type { ActionDefinition } from "../../plugin/contract.ts";
import type { Recording } from "../../recording/read.ts";
import type { Rulebook } from "../../rules/rulebook.ts";
import { memoryStore } from "../../store/memory.ts";
import { VirtualClock } from "../../util/clock.ts";
import { seededRandom } from "../../util/random.ts";
import { Engine } from "../engine.ts";
import type { JournalRecord } from "../journal.ts";
import { virtualJournal } from "../virtual-journal.ts";
import { settled } from "../testing/settled.ts";
import { ReplayLink, type Scene } from "./link.ts";
import { type Script, scriptsOf } from "./script.ts";

/** Where a recording does not say when it began: a day like any other. */
const SOME_DAY = Date.parse("2026-01-01T00:00:00Z");

/** How long programs and plugins may really take in all, ms. */
const PATIENCE = 60_000;

/**
 * Plays a recording to an engine with this rulebook, on a virtual clock by the recording's times. Returns the engine's journal.
 * Nothing outside is touched, except that programs and plugins that answer are asked; actions of plugins do nothing.
 */
export async function replay(
  recording: Recording,
  rulebook: Rulebook,
  actions: Readonly<Record<string, ActionDefinition>>,
): Promise<JournalRecord[]> {
  const began = recording.began ?? SOME_DAY;
  const clock = new VirtualClock(began);
  const links = new Map<string, ReplayLink>();
  for (const [name, script] of named(scriptsOf(recording.connections), rulebook))
    links.set(name, new ReplayLink(script, began, () => clock.now()));
  const records: JournalRecord[] = [];
  const random = seededRandom(1);
  const engine = new Engine({
    rulebook: forReplay(rulebook, [...links.keys()]),
    clock,
    store: memoryStore(),
    random,
    journal: virtualJournal(clock, random, (record) => records.push(record)),
    link: ({ name }) => linkOf(links, name),
    actions,
    offline: true,
  });
  const settle = settled(() => engine.busy, PATIENCE);
  engine.start();
  await settle();
  for (const scene of inOrder([...links.values()])) {
    await clock.advanceAsync(Math.max(0, began + scene.t - clock.now()), settle);
    scene.play();
    await settle();
  }
  await engine.stop();
  return records;
}

/** Scenes at the same time stay in the order of their link. */
function inOrder(links: readonly ReplayLink[]): Scene[] {
  return links.flatMap(({ scenes }) => scenes).toSorted((a, b) => a.t - b.t);
}

function linkOf(links: ReadonlyMap<string, ReplayLink>, name: string): ReplayLink {
  const link = links.get(name);
  if (!link) throw new RangeError(name);
  return link;
}

/** What is recorded under one name is one daemon; if there is but one, it is the rulebook's one. */
function named(scripts: readonly Script[], { daemons }: Rulebook): [string, Script][] {
  const [only, another] = daemons;
  const alone = scripts.length === 1 && !another ? only?.name : undefined;
  return scripts.map((script) => [alone ?? (script.who === "" ? "default" : script.who), script]);
}

function forReplay(rulebook: Rulebook, names: readonly string[]): Rulebook {
  const daemons = names.map((name) => ({
    ...rulebook.daemons.find((each) => each.name === name),
    ...{ name, management: "a recording" },
  }));
  const plugins = rulebook.plugins.map(({ definition, ...rest }) => ({
    ...rest,
    definition: { ...definition, actions: withoutEffect(definition.actions ?? {}) },
  }));
  return { ...rulebook, daemons, plugins };
}

function withoutEffect(
  actions: Readonly<Record<string, ActionDefinition>>,
): Record<string, ActionDefinition> {
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [name, { ...action, run: () => undefined }]),
  );
}
