import { z } from "zod";
import { definePlugin } from "../../src/plugin/contract.ts";

const params = z.strictObject({ text: z.string() });

/** Something of each kind that has parameters. */
export default definePlugin({
  name: "acme",
  actions: { shout: { params, run: () => undefined } },
  answers: { pick: { queries: ["REMOTE"], params, answer: () => Promise.resolve("accept") } },
  probes: { ping: { params: z.strictObject({ port: z.number() }), probe: () => Promise.resolve(1) } },
});
