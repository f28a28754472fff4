import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Lab, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

test("a plugin from disk orders the remotes and acts, from a directory with nothing else in it", async () => {
  lab = Lab.create();
  await lab.server({ port: 26001, proto: "tcp" });
  await lab.server({ port: 26002, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 26001 tcp-client", "127.0.0.1 26002 tcp-client"] });
  const empty = lab.path("empty");
  mkdirSync(empty);
  writeFileSync(
    `${empty}/acme.ts`,
    `import { z } from "zod";
import { definePlugin } from "signalbox/plugin";
export default definePlugin({
  name: "acme",
  orders: { last: { order: (candidates) => candidates.toReversed() } },
  actions: {
    shout: {
      params: z.object({ text: z.string() }),
      run: async (params: { text: string }, ctx: { log(text: string): void }) => ctx.log(params.text.toUpperCase()),
    },
  },
});
`,
  );
  writeFileSync(
    `${empty}/rules.yaml`,
    `version: 1
plugins: { acme: ./acme.ts }
remotes: { lab: { candidates: from-daemon, order: acme.last } }
rules:
  - { id: lead, on: REMOTE, answer: { from: lab } }
  - { id: shout, on: remote.connected, do: [ { acme.shout: { text: "up on \${event.port}" } } ] }
`,
  );
  const engine = lab.engine(["rules.yaml", "--management", `unix:${client.management}`], {}, [
    "env",
    "-C",
    empty,
  ]);
  await engine.connected(26002);
  const shouted = await until("the plugin's words", 10_000, () =>
    engine.journal().find((line) => line["plugin"] === "acme"),
  );
  expect(shouted["text"]).toBe("UP ON 26002");
  expect(engine.events("remote.failed")).toEqual([]);
});
