import { ANY, DURATION, listOf, mapOf, NUMBER, SIZE, TEXT, TIME } from "../kinds.ts";
import { pure, type Overload, type Overloads } from "../overload.ts";
import type { Type } from "../types.ts";

const QUANTITIES = [NUMBER, SIZE, DURATION];

/** The length of texts (in code points), lists and maps. It has nothing to do with sizes in bytes. */
export const LENGTH: readonly Overload[] = [
  pure([TEXT], NUMBER, (text: string) => Array.from(text).length),
  pure([listOf(ANY)], NUMBER, (list: readonly unknown[]) => list.length),
  pure([mapOf(ANY)], NUMBER, (map: object) => Object.keys(map).length),
];

const pairs = (types: readonly Type[], compute: (a: number, b: number) => number): readonly Overload[] =>
  types.map((type) => pure([type, type], type, compute));

export const NUMBER_FUNCTIONS: Overloads = {
  size: LENGTH,
  min: pairs([...QUANTITIES, TIME], Math.min),
  max: pairs([...QUANTITIES, TIME], Math.max),
  abs: QUANTITIES.map((type) => pure([type], type, Math.abs)),
  round: [
    pure([NUMBER, NUMBER], NUMBER, round, { optionalParams: 1 }),
    pure([SIZE], SIZE, round),
    pure([DURATION], DURATION, round),
  ],
  floor: [pure([NUMBER], NUMBER, Math.floor)],
  ceil: [pure([NUMBER], NUMBER, Math.ceil)],
};

/** Half goes away from zero, as people round. */
function round(value: number, places = 0): number {
  const factor = 10 ** places;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor;
}
