import type { Engine } from "../engine/engine.ts";

/** Resolves with the exit code: at a signal 0, when a daemon is not reached in time 3. */
export function untilEnd(engine: Engine, attachTimeout: number | undefined): Promise<number> {
  return new Promise((resolve) => {
    const end = (): void => resolve(0);
    process.on("SIGTERM", end);
    process.on("SIGINT", end);
    // A hang-up must not end what keeps a tunnel up.
    process.on("SIGHUP", () => undefined);
    if (attachTimeout !== undefined)
      engine.clock.after(attachTimeout, () => {
        const missing = [...engine.sessions()].filter((session) => !session.everAttached);
        for (const session of missing)
          process.stderr.write(
            `${session.trouble ?? silent(session.spec.management)} (within ${attachTimeout} ms)\n`,
          );
        if (missing.length > 0) resolve(3);
      });
  });
}

function silent(management: string): string {
  return management.startsWith("listen:")
    ? `OpenVPN did not dial ${management}`
    : `Cannot reach ${management}: no answer`;
}
