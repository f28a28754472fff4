import { expect, test } from "vitest";
import { load, withRules } from "./support.ts";

const client = { cid: 7, bytes_in: 2_000_000, idle_for: 90_000, common_name: "ann" };

const CASES: [action: string, params: unknown][] = [
  ['notify: "${client.cid}"', "7"],
  ['notify: "${client.bytes_in}"', "2MB"],
  ['notify: "${client.idle_for}"', "1m30s"],
  ['notify: "${client.cid > 5}"', "true"],
  ['notify: "${client.common_name}"', "ann"],
  ['client-kill: { halt: "${client.cid}", hard: "${client.cid > 5}" }', { halt: "7", hard: true }],
  ['client-kill: { restart: { text: "${client.cid}" } }', { restart: { text: "7" } }],
  ['client-pf: ["${client.cid}", "${client.common_name}"]', ["7", "ann"]],
  ['verb: "${client.cid}"', 7],
  ['emit: { event: my.event, with: { a: "${client.cid}" } }', { event: "my.event", with: { a: 7 } }],
  ['management: [mute, "${client.cid}"]', ["mute", 7]],
];

test.each(CASES)("%s", async (action, params) => {
  const { rulebook, problems } = await load(
    withRules(`- { id: a, on: CLIENT:ESTABLISHED, do: [ { ${action} } ] }`),
  );
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const step = rulebook?.rules.find(({ id }) => id === "a")?.do[0];
  expect(step && "params" in step && step.params.resolve({ client })).toEqual(params);
});

test("a field of an event of one's own counts by its text where text is taken", async () => {
  const { rulebook } = await load(withRules('- { id: a, on: my.event, do: [ { notify: "${event.n}" } ] }'));
  const step = rulebook?.rules.find(({ id }) => id === "a")?.do[0];
  const told = [5, true, "x"].map((n) => step && "params" in step && step.params.resolve({ event: { n } }));
  expect(told).toEqual(["5", "true", "x"]);
});
