// Loading a rulebook of 1,000 rules, expressions and templates checked and compiled, against parsing the same text as YAML and nothing more.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import { loadRulebooks } from "../src/rules/load/load.ts";
import { alternate, median } from "./measure.ts";
import { table, verdict } from "./report.ts";

const RULES = 1_000;
const ROUNDS = 9;
/** Times as long as the YAML alone. */
const WANTED = 2;

const rule = (i: number): string => `  - id: rule-${i}
    on: STATE
    where: { name: CONNECTED, remote_port: ${i + 1} }
    when: 'event.remote_address != "192.0.2.${i % 250}" && daemon.attempts < ${(i % 9) + 1}'
    throttle: { times: 1, per: 30m }
    do:
      - notify: "rule ${i}, \${event.remote_address}"
`;
const text = `version: 1\nrules:\n${Array.from({ length: RULES }, (_, i) => rule(i)).join("")}`;
const directory = mkdtempSync(join(tmpdir(), "load-"));
const file = join(directory, "rules.yaml");
writeFileSync(file, text);

const rates = await alternate(
  {
    async load() {
      const { rulebook, problems } = await loadRulebooks([file], {
        set: {},
        plugins,
        actions: builtinCatalogue,
      });
      if (problems.length > 0) throw new Error(problems[0]?.message);
      return rulebook?.rules.length ?? 0;
    },
    yaml() {
      parseDocument(text);
      return RULES;
    },
  },
  ROUNDS,
);
rmSync(directory, { recursive: true });

function plugins(): never {
  throw new Error("No plugin is named");
}

const ms = (name: string): number => (RULES / median(rates[name] ?? [])) * 1000;
console.log(
  table(
    ["", "ms"],
    ["load", "yaml"].map((name) => [name, ms(name).toFixed(0)]),
  ),
);
verdict(ms("load") / ms("yaml"), WANTED, "at-most");
