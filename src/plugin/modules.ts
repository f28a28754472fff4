import * as module from "node:module";
import * as zod from "zod";
import * as contract from "./contract.ts";

/** What plugins import by name is the engine's own: a schema of another zod would not be one of ours. */
const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  zod,
  "signalbox/plugin": contract,
};

const SCHEME = "signalbox:";
const REGISTRY = Symbol.for("signalbox.modules");

interface BunGlobal {
  plugin(options: {
    name: string;
    setup(build: { module(name: string, load: () => { exports: object; loader: "object" }): void }): void;
  }): void;
}

interface Hooks {
  registerHooks?(
    this: void,
    hooks: {
      resolve(
        specifier: string,
        context: unknown,
        next: (specifier: string, context: unknown) => unknown,
      ): unknown;
      load(url: string, context: unknown, next: (url: string, context: unknown) => unknown): unknown;
    },
  ): void;
}

let installed = false;

/** Makes the engine's modules importable from plugins: on Bun by a plugin of its own, on Deno and Node by module hooks. */
export function installModules(): void {
  if (installed) return;
  installed = true;
  const bun = (globalThis as { Bun?: BunGlobal }).Bun;
  if (bun)
    bun.plugin({
      name: "signalbox",
      setup(build) {
        for (const [name, exports] of Object.entries(MODULES))
          build.module(name, () => ({ exports: { ...exports }, loader: "object" }));
      },
    });
  else installHooks(module as Hooks);
}

function installHooks({ registerHooks }: Hooks): void {
  (globalThis as Record<symbol, unknown>)[REGISTRY] = MODULES;
  registerHooks?.({
    resolve: (specifier, context, next) =>
      Object.hasOwn(MODULES, specifier)
        ? { url: SCHEME + specifier, format: "module", shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url.startsWith(SCHEME)
        ? { format: "module", shortCircuit: true, source: reexports(url.slice(SCHEME.length)) }
        : next(url, context),
  });
}

/** A module's source that gives out what the registry holds. */
function reexports(name: string): string {
  const names = Object.keys(MODULES[name] ?? {}).filter(
    (key) => key !== "default" && /^[A-Za-z_$][\w$]*$/.test(key),
  );
  const lookup = `const from = globalThis[Symbol.for("signalbox.modules")][${JSON.stringify(name)}];`;
  return [
    lookup,
    ...names.map((key, i) => `const v${i} = from[${JSON.stringify(key)}]; export { v${i} as ${key} };`),
  ].join("\n");
}
