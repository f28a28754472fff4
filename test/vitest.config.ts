import { defineConfig } from "vitest/config";

export default defineConfig({
  // Plugins name the engine's own modules; when they are loaded by the engine, the host provides them.
  resolve: { alias: { "signalbox/plugin": new URL("../src/plugin/contract.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts", "plugins/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**"],
    isolate: false,
    // On Bun, the namespace `z` of an externalized zod arrives empty.
    server: { deps: { inline: ["zod"] } },
    testTimeout: 10_000,
  },
});
