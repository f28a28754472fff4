import { Connection } from "../connection/connection.ts";
import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { Engine } from "../engine/engine.ts";
import type { JournalRecord } from "../engine/journal.ts";
import { virtualJournal } from "../engine/virtual-journal.ts";
import { loadRulebooks } from "../rules/load/load.ts";
import { inProcess } from "../simulator/in-process.ts";
import type { Slot } from "../simulator/slot.ts";
import { memoryStore } from "../store/memory.ts";
import type { VirtualClock } from "../util/clock.ts";
import { seededRandom } from "../util/random.ts";

/** An engine with this rulebook that has simulated daemons in its hands, each known by its name. */
export async function demoEngine(
  text: string,
  daemons: ReadonlyMap<string, { readonly slot: Slot }>,
  clock: VirtualClock,
  see: (record: JournalRecord) => void,
): Promise<Engine> {
  const { rulebook, problems } = await loadRulebooks(["demo.yaml"], {
    readFile: () => text,
    plugins: () => Promise.reject(new Error("The demo has no plugins")),
    actions: builtinCatalogue,
  });
  if (!rulebook) throw new Error(problems[0]?.message ?? "The demo's rulebook does not load");
  const random = seededRandom(1);
  return new Engine({
    rulebook: {
      ...rulebook,
      daemons: [...daemons.keys()].map((name) => ({ name, management: `unix:${name}` })),
    },
    clock,
    store: memoryStore(),
    random,
    journal: virtualJournal(clock, random, see),
    actions: builtinCatalogue,
    link: ({ name }) => {
      const daemon = daemons.get(name);
      if (!daemon) throw new Error(`No daemon ${name}`);
      return new Connection({
        address: { kind: "unix", path: name },
        clock,
        random,
        dial: inProcess(daemon.slot),
      });
    },
  });
}
