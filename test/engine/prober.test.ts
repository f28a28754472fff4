import { expect, test } from "vitest";
import { z } from "zod";
import { Prober } from "../../src/engine/probes/prober.ts";
import { bench, dialOf, entries, groupSpec } from "../policy/support.ts";

test("A candidate is probed as soon as it is known, not a round later", () => {
  const { group, clock } = bench(groupSpec("from-daemon"));
  const probed: string[] = [];
  const look = {
    params: z.object({}),
    probe: (_: unknown, { host }: { host: string }) => {
      probed.push(host);
      return Promise.resolve(1);
    },
  };
  const prober = new Prober(
    { kind: { plugin: "lab.look", params: {} }, every: 30_000, timeout: 3_000 },
    group,
    {
      ...{ clock, random: () => 0.5, report: () => undefined },
      plugins: [{ name: "lab", config: undefined, definition: { name: "lab", probes: { look } } }],
    },
  );
  prober.start();
  group.learn("office", dialOf(entries("one:1194/udp", "two:1194/udp")));
  prober.look();
  prober.look();
  expect(probed).toEqual(["one", "two"]);
  prober.stop();
});
