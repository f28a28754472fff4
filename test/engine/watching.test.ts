import { expect, test } from "vitest";
import { World } from "./support.ts";

const BOOK = `version: 1
rules:
  - { id: watch, on: [HOLD, REMOTE], observe: true, do: [ { notify: "asked \${event.type}" } ] }
  - { id: hold, on: HOLD, answer: { release: { after: 5s } }, do: [ { notify: "released" } ] }
`;

test("A rule that only watches fires when the question is asked, before its answer is due", async () => {
  const world = await World.open(BOOK);
  expect(world.notices).toEqual(["asked HOLD"]);
  expect(world.events("HOLD")).toHaveLength(1);
  expect(world.of("event").find(({ fired }) => fired !== undefined)).toMatchObject({ fired: ["watch"] });
  await world.connected();
  expect(world.notices).toEqual(["asked HOLD", "released", "asked REMOTE"]);
  await world.close();
});

test("A question that comes again is watched once", async () => {
  const world = await World.open(BOOK);
  await world.cutOff();
  await world.restart();
  expect(world.notices).toEqual(["asked HOLD"]);
  await world.close();
});

test("In a dry run nobody who watches acts", async () => {
  const world = await World.open(BOOK, { dryRun: true });
  await world.connected();
  expect(world.notices).toEqual([]);
  await world.close();
});
