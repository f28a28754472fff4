import { beforeAll, describe, expect, test } from "vitest";
import { type Ended, signalbox } from "./support.ts";

const ACME = `
import { z } from "zod";
import { defineAction, definePlugin } from "signalbox/plugin";
export default definePlugin({
  name: "acme",
  config: z.strictObject({ region: z.enum(["eu", "us"]).default("eu") }),
  functions: { half: { params: ["number"], returns: "number", call: (n: number) => n / 2 } },
  actions: {
    shout: defineAction({
      params: z.strictObject({ text: z.string().min(3), times: z.number().max(5).default(1) }),
      run: () => undefined,
    }),
  },
  probes: { ping: { params: z.strictObject({ port: z.number() }), probe: async () => 1 } },
  answers: {
    pick: { queries: ["REMOTE"], params: z.strictObject({ host: z.string() }), answer: async () => "accept" },
  },
});
`;

const check = (rulebook: string, files: Readonly<Record<string, string>>): Promise<Ended> =>
  signalbox("check", rulebook, files);

test("keys that a plugin's schema would drop are told, and a slip in its name", async () => {
  const plugin = ACME.replaceAll("strictObject", "object");
  const rulebook = `version: 1
plugins:
  acme: { from: ./acme.ts, config: { regoin: us } }
rules:
  - { id: shout, on: STATE, when: "amce.half(10) == 5", do: [{ acme.shout: { text: hello, tims: 2 } }] }
  - { id: pick, on: REMOTE, answer: { acme.pick: { host: vpn1, prt: 1 }, timeout: 1s, else: accept } }
`;
  const { problems } = await check(rulebook, { "acme.ts": plugin });
  expect(problems.map((problem) => problem.replace("rulebook.yaml:", ""))).toEqual([
    "3:38: error: unknown key 'regoin'; did you mean 'region'?",
    "5:36: error: unknown function 'amce.half'; did you mean 'acme.half'?",
    "5:91: error: unknown key 'tims'; did you mean 'times'?",
    "6:64: error: unknown key 'prt'",
  ]);
});

test("a probe of a plugin is told at its place", async () => {
  const rulebook = `version: 1
plugins: { acme: ./acme.ts }
remotes:
  a: { candidates: from-daemon, probe: { acme.pign: { port: 1 } } }
  b: { candidates: from-daemon, probe: { acme.ping: { port: x, prt: 1 } } }
  c: { candidates: from-daemon, probe: { acme.ping: { port: 1 }, evry: 3s } }
  d: { candidates: from-daemon, probe: { acme.ping: { port: 1 }, openvpn: true } }
rules: []
`;
  const { problems } = await check(rulebook, { "acme.ts": ACME });
  expect(problems.map((problem) => problem.replace("rulebook.yaml:", ""))).toEqual([
    "4:42: error: unknown key 'acme.pign'; did you mean 'acme.ping'?",
    "5:61: error: A number was expected, not 'x'",
    "5:64: error: unknown key 'prt'; did you mean 'port'?",
    "6:66: error: unknown key 'evry'; did you mean 'every'?",
    "7:66: error: A probe has one kind",
  ]);
});

test("a configuration that nobody reads is told", async () => {
  const plugin = `import { definePlugin } from "signalbox/plugin"; export default definePlugin({ name: "bare" });`;
  const rulebook = "version: 1\nplugins: { bare: { from: ./bare.ts, config: { a: 1 } } }\n";
  const { problems } = await check(rulebook, { "bare.ts": plugin });
  expect(problems).toEqual(["rulebook.yaml:2:45: error: plugin 'bare' takes no config"]);
});

test("a rulebook that uses each piece of a plugin as it should is well", async () => {
  const rulebook = `version: 1
plugins:
  acme: { from: ./acme.ts, config: { region: us } }
rules:
  - { id: shout, on: STATE, when: "acme.half(10) == 5", do: [{ acme.shout: { text: hello } }] }
  - { id: pick, on: REMOTE, answer: { acme.pick: { host: vpn1 }, timeout: 1s, else: accept } }
`;
  const { code, problems, out } = await check(rulebook, { "acme.ts": ACME });
  expect(problems).toEqual([]);
  expect(out).toEqual(["2 rules, 0 tests: ok"]);
  expect(code).toBe(0);
});

describe("what does not fit a plugin's schemas is told at its line and column", () => {
  const rulebook = `version: 1
plugins:
  acme: { from: ./acme.ts, config: { region: mars } }
rules:
  - id: shout
    on: STATE
    when: acme.half("ten") == 5
    do:
      - acme.shout: { text: no }
      - acme.shout: { text: hello, times: 6 }
      - acme.shout: { text: hello, tims: 2 }
      - acme.shuot: { text: hello }
  - { id: twice, on: STATE, when: "acme.twice(1) == 2", do: [{ acme.shout: { text: hello } }] }
  - { id: pick, on: REMOTE, answer: { acme.pick: { host: [] }, timeout: 1s, else: accept } }
  - { id: hold, on: HOLD, answer: { acme.pick: { host: vpn1 }, timeout: 1s, else: keep } }
  - { id: bare, on: REMOTE, answer: { acme.pick: { host: vpn1 } } }
`;
  let ended: Ended;
  beforeAll(async () => {
    ended = await check(rulebook, { "acme.ts": ACME });
  });

  test.each([
    ["a configuration", "3:46: error: 'mars' is not eu, us"],
    ["an argument of a function", "7:21: error: "],
    ["a text that is too short", "9:29: error: Text of at least 3 characters"],
    ["a number that is too big", "10:43: error: '6' is not at most 5"],
    ["an unknown parameter", "11:36: error: unknown key 'tims'"],
    [
      "an unknown action, with a suggestion",
      "12:9: error: unknown action 'acme.shuot'; did you mean 'acme.shout'?",
    ],
    ["an unknown function", "13:36: error: unknown function 'acme.twice'"],
    ["a parameter of an answer", "14:58: error: Text was expected, not a list"],
    ["an answer to another query", "15:37: error: answer 'acme.pick' is for REMOTE, not for HOLD"],
    ["an answer without timeout and else", "16:39: error: acme.pick needs timeout and else"],
  ])("%s", (_, start) => {
    expect(ended.problems).toContainEqual(expect.stringContaining(`rulebook.yaml:${start}`));
  });

  test("and nothing else is told", () => {
    expect(ended.problems).toHaveLength(10);
    expect(ended.code).toBe(1);
  });
});

describe("a plugin that cannot be loaded is told where the rulebook names it", () => {
  const files = {
    "throws.ts": `throw new Error("no luck\\nat all");`,
    "syntax.ts": `export default {`,
    "nothing.ts": `export const name = "nothing";`,
    "text.ts": `export default "acme";`,
    "name.ts": `export default { name: "Acme" };`,
    "slip.ts": `export default { name: "slip", action: {} };`,
    "params.ts": `export default { name: "params", actions: { go: { params: {}, run() {} } } };`,
    "call.ts": `export default { name: "call", functions: { f: { params: ["numbre"], returns: "number", call() {} } } };`,
    "needs.ts": `import "no-such-package"; export default { name: "needs" };`,
    "folder/readme.md": "",
    "well/index.ts": `export default { name: "well" };`,
  };
  const names = ["throws", "syntax", "nothing", "text", "name", "slip", "params", "call", "needs", "missing"];
  const rulebook = [
    "version: 1",
    "plugins:",
    ...names.map((name) => `  ${name}: ./${name}.ts`),
    "  folder: ./folder",
    "  well: ./well",
    "rules: []",
    "",
  ].join("\n");
  let ended: Ended;
  beforeAll(async () => {
    ended = await check(rulebook, files);
  });

  test.each([
    ["throws.ts", "one that throws, by the first line of its error", /: no luck$/],
    ["syntax.ts", "one with a syntax error", /: \S/],
    [
      "nothing.ts",
      "one without a default export",
      /: it has no default export; definePlugin\(…\) was expected$/,
    ],
    [
      "text.ts",
      "one whose default export is something else",
      /: Invalid input: expected object, received string$/,
    ],
    ["name.ts", "one with a name that rules could not say", /: name: a name of a-z, 0-9 and - was expected$/],
    ["slip.ts", "one with an unknown kind of piece", /: Unrecognized key: "action"$/],
    ["params.ts", "one whose parameters are no schema", /: actions\.go\.params: a zod schema was expected$/],
    ["call.ts", "one with an unknown type", /: functions\.f\.params\.0: Invalid option/],
    ["needs.ts", "one that needs a package that is not there", /no-such-package/],
    ["missing.ts", "one that is not there", /: no such file$/],
    ["folder", "a folder without an index", /: the folder has no index\.ts and no index\.js$/],
  ])("%s: %s", (file, _, reason) => {
    const lines = rulebook.split("\n");
    const line = lines.findIndex((text) => text.endsWith(`./${file}`));
    const place = `rulebook.yaml:${line + 1}:${(lines[line] ?? "").indexOf("./") + 1}:`;
    const [told = "", ...more] = ended.problems.filter((problem) => problem.startsWith(place));
    expect(told).toContain(`${place} error: Cannot load plugin ${file}: `);
    expect(told).toMatch(reason);
    expect(more).toEqual([]);
  });

  test("each is told on one line, and the ones that are well are not", () => {
    expect(ended.problems).toHaveLength(11);
    expect(ended.code).toBe(1);
  });
});
