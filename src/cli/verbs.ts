import type { Verb } from "./verb.ts";

/** The verbs, each loaded only when it is called: `version` must not wait for the rest. */
export const VERBS: Readonly<Record<string, () => Promise<{ readonly verb: Verb }>>> = {
  demo: () => import("./demo.ts"),
  run: () => import("./run.ts"),
  check: () => import("./check.ts"),
  test: () => import("./test.ts"),
  record: () => import("./record.ts"),
  replay: () => import("./replay.ts"),
  schema: () => import("./schema.ts"),
  version: () => import("./version.ts"),
  send: () => import("./send.ts"),
  simulate: () => import("./simulate.ts"),
  status: () => import("./status.ts"),
  quota: () => import("./quota.ts"),
  emit: () => import("./emit.ts"),
  set: () => import("./set.ts"),
  forgive: () => import("./forgive.ts"),
};

export async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.values(VERBS).map(async (load) => {
      const { verb } = await load();
      return `  ${verb.name.padEnd(9)} ${verb.summary}`;
    }),
  );
  return [
    "Usage: signalbox VERB [options]",
    "",
    ...lines,
    "",
    "signalbox VERB --help shows every flag with an example.",
  ].join("\n");
}
