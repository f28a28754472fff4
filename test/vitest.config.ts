import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "plugins/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**"],
    isolate: false,
    testTimeout: 10_000,
  },
});
