import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../util/secret.ts";

/** One question at a time; the others wait for their turn. */
let last: Promise<unknown> = Promise.resolve();

/** Asks the person at the terminal; what is typed is not shown. Rejects when there is no terminal, or nothing was typed. */
export function askAtTerminal(prompt: string): Promise<Secret> {
  const asked = last.then(() => ask(prompt));
  last = asked.catch(() => undefined);
  return asked;
}

function ask(prompt: string): Promise<Secret> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    return Promise.reject(new Error(`Nobody can be asked for '${prompt}': there is no terminal`));
  // What readline would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(`${prompt}: `);
  return new Promise((resolve, reject) => {
    lines.once("close", () => reject(new Error(`Nothing was typed for '${prompt}'`)));
    // Ctrl-C is meant for the engine.
    lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    lines.once("line", (line) => {
      process.stderr.write("\n");
      if (line !== "") resolve(new Secret(line));
      lines.close();
    });
  });
}
