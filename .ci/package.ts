// Builds dist/npm: the sources as JavaScript with declarations, for the npm package. Node strips no types inside node_modules.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";

rmSync("dist/npm", { recursive: true, force: true });
const { status } = spawnSync("node_modules/.bin/tsc", ["-p", "tsconfig.package.json"], { stdio: "inherit" });
if (status !== 0) process.exit(1);
// Whoever installs the package has Node, and maybe no Bun.
const main = "dist/npm/main.js";
writeFileSync(main, readFileSync(main, "utf8").replace(/^#!.*\n/, "#!/usr/bin/env node\n"));
chmodSync(main, 0o755);
console.log("dist/npm");
