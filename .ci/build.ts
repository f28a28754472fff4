// Builds dist/signalbox: one file that needs nothing else. See docs/decisions/0008-binary.md.

// zod carries its messages in 63 languages: a fifth of the bundle, and its bytecode is several times as large again.
const ENGLISH_ONLY = 'export { default as en } from "./en.js";';

const result = await Bun.build({
  entrypoints: ["src/main.ts"],
  minify: true,
  bytecode: true,
  // What runs at load is compiled ahead; one level more costs 3 MB, and starts less than a millisecond faster.
  bytecodeDepth: 0,
  format: "esm",
  target: "bun",
  // Verbs are loaded when they are called; `version` waits for none of the rest.
  splitting: true,
  conditions: ["module"],
  compile: {
    outfile: "dist/signalbox",
    // A file in the directory where an admin happens to stand must not run in our name.
    autoloadBunfig: false,
    autoloadDotenv: false,
  },
  plugins: [
    {
      name: "english-only",
      setup(build) {
        build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
          contents: ENGLISH_ONLY,
          loader: "js",
        }));
      },
    },
  ],
});
for (const message of result.logs) console.error(message.message);
if (!result.success) process.exit(1);
console.log(`dist/signalbox ${(Bun.file("dist/signalbox").size / 1e6).toFixed(1)} MB`);
