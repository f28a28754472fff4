import { expect, test } from "vitest";
import { Latencies } from "../../src/policy/latencies.ts";

function measured(...times: (number | undefined)[]): number | undefined {
  const latencies = new Latencies();
  for (const time of times) latencies.add("a", time);
  return latencies.median("a");
}

test.each<[what: string, times: (number | undefined)[], median: number | undefined]>([
  ["nothing was measured", [], undefined],
  ["one time was", [20], 20],
  ["one of three was slow", [20, 900, 30], 30],
  ["times differ in their number of digits", [100, 9, 20], 20],
  ["the sixth pushes the first out", [1, 1, 1, 50, 60, 70], 50],
  ["a probe failed", [20, 20, undefined], undefined],
  ["a probe failed and one passed since", [20, 20, undefined, 90], 90],
])("when %s, the median of %j is %s", (_what, times, median) => {
  expect(measured(...times)).toBe(median);
});

test("candidates are measured apart", () => {
  const latencies = new Latencies();
  latencies.add("a", 10);
  latencies.add("b", 20);
  latencies.add("b", undefined);
  expect(latencies.median("a")).toBe(10);
});
