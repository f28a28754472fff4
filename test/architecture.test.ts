import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");

const BELOW_ENGINE: readonly string[] = [
  "util",
  "protocol",
  "connection",
  "recording",
  "model",
  "store",
  "plugin",
  "policy",
  "quota",
  "rules",
];

/** What each folder may import, besides itself and the packages it names. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  util: [],
  protocol: ["util"],
  connection: ["util", "protocol"],
  model: ["util", "protocol"],
  recording: ["util", "protocol", "connection"],
  store: ["util"],
  plugin: ["util"],
  policy: ["util", "protocol", "model", "store", "plugin", "rules"],
  quota: ["util", "protocol", "model", "store", "rules"],
  rules: ["util", "protocol", "model", "store", "plugin"],
  engine: BELOW_ENGINE,
  simulator: ["util", "protocol"],
  library: ["util", "protocol", "connection"],
  cli: [...BELOW_ENGINE, "engine", "simulator", "library"],
};

/** Folders that do no I/O and start no timer. */
const PURE = ["protocol", "model", "policy"];
const IO = /^node:(net|fs|child_process|dgram|http|https|timers|sqlite)/;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** The imports of each file: of our own as paths below src, of packages as they are named. `types`: with type-only ones. */
function importsOf(file: string, types: boolean): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = [
    ...text.matchAll(
      /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
    ),
  ];
  return found
    .filter((match) => types || match[1] === undefined)
    .map((match) => match[2] ?? match[3] ?? match[4] ?? "")
    .map((name) => (name.startsWith(".") ? normalize(join(dirname(file), name)) : name));
}

const folderOf = (file: string): string => file.split("/")[0] ?? "";

test("no file imports from a layer above its own", () => {
  const wrong = files
    .filter((file) => file.includes("/"))
    .flatMap((file) =>
      importsOf(file, true)
        .filter((name) => files.includes(name))
        .filter(
          (name) => folderOf(name) !== folderOf(file) && !LAYERS[folderOf(file)]?.includes(folderOf(name)),
        )
        .map((name) => `${file} imports ${name}`),
    );
  expect(wrong).toEqual([]);
});

test("every import leads to a file or a package", () => {
  const lost = files.flatMap((file) =>
    importsOf(file, true)
      .filter((name) => name.endsWith(".ts") && !files.includes(name))
      .map((name) => `${file}: ${name}`),
  );
  expect(lost).toEqual([]);
});

test("there is no cycle of imports, types included", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const name of importsOf(file, true)) if (files.includes(name)) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test("protocol, model and policy do no I/O and start no timer", () => {
  const wrong = files
    .filter((file) => PURE.includes(folderOf(file)))
    .flatMap((file) => {
      const text = readFileSync(join(SRC, file), "utf8");
      const timers = /\b(setTimeout|setInterval|Date\.now|Math\.random)\b/.exec(text)?.[0];
      return [
        ...importsOf(file, true).filter((name) => IO.test(name)),
        ...(timers === undefined ? [] : [timers]),
      ].map((what) => `${file}: ${what}`);
    });
  expect(wrong).toEqual([]);
});
