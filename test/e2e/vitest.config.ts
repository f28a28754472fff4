import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/lab-setup.ts"],
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // Two cores: a few labs at once, each with its own ports.
    maxWorkers: 3,
    // Within a file that says so: they wait more than they work.
    maxConcurrency: 10,
    isolate: true,
    server: { deps: { inline: ["zod"] } },
  },
});
