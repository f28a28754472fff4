import { expect, test } from "vitest";
import { type Dialogue, dialogue, type Exchange, type Line, recorded, replayed } from "./replay.ts";
import { normalised } from "./normalised.ts";
import { at, type Case } from "./recordings/case.ts";
import { HOLDS_AND_REMOTES } from "./recordings/holds.ts";
import { LIFE } from "./recordings/life.ts";
import { PROXIES } from "./recordings/proxies.ts";
import { QUESTIONS } from "./recordings/questions.ts";

/** A reply may be this much off the recorded moment, ms. */
const TOLERANCE = 250;

const CASES: readonly Case[] = [...HOLDS_AND_REMOTES, ...QUESTIONS, ...PROXIES, ...LIFE];

function told({ who, sent, heard }: Exchange): object {
  return { who, sent, heard: heard.map(({ text }) => text) };
}

/** What both sides said to the same controllers, without the lines that differ unless those are wanted as well. */
function both(
  { file, who, part, setup, except }: Case,
  without = true,
): { real: Dialogue; simulated: Dialogue } {
  const moments = recorded(file, who, part);
  const compared = (line: string): string | undefined =>
    without && except?.lines.test(line) === true ? undefined : normalised(line);
  return { real: dialogue(moments, compared), simulated: dialogue(replayed(moments, setup), compared) };
}

test.each(CASES)("The simulator says what OpenVPN said: $name", (one) => {
  const { real, simulated } = both(one);
  expect(real.exchanges.flatMap(({ heard }) => heard).length).toBeGreaterThan(0);
  expect(simulated.exchanges.map(told)).toEqual(real.exchanges.map(told));
  expect(simulated.ended).toEqual(real.ended);
});

test.each(CASES)("The simulator speaks when OpenVPN spoke: $name", (one) => {
  const { real, simulated } = both(one);
  const { tolerance = TOLERANCE } = one;
  const lines = ({ exchanges }: Dialogue): Line[] => exchanges.flatMap(({ heard }) => heard);
  const late = lines(real).flatMap(({ at: recordedAt, text }, i) => {
    const off = (lines(simulated)[i]?.at ?? Number.NaN) - recordedAt;
    return Math.abs(off) <= tolerance ? [] : [{ text, at: recordedAt, off }];
  });
  expect(late).toEqual([]);
});

test("Every exception is still one", () => {
  const exceptions = CASES.filter(({ except }) => except);
  const learnt = exceptions.filter((one) => {
    const { real, simulated } = both(one, false);
    return JSON.stringify(real.exchanges.map(told)) === JSON.stringify(simulated.exchanges.map(told));
  });
  expect(learnt.map(({ name }) => name)).toEqual([]);
});

test("Bytes that come one at a time make the same words and lines", () => {
  const moments = recorded("06-line-parsing-limits.jsonl");
  const [atOnce, oneByOne] = [false, true].map((each) =>
    dialogue(replayed(moments, { remotes: [at(21945)], queryRemote: false }, each), normalised).exchanges.map(
      told,
    ),
  );
  expect(oneByOne).toEqual(atOnce);
});
