import { expect, test } from "vitest";
import { runProgram } from "../../src/engine/run-program.ts";

const never = new AbortController().signal;

test("as many programs as one likes are run, a bounded number at a time, each with its own input and output", async () => {
  // Each tells how many of its kind there are while it runs.
  const script = 'read x; n=$(pgrep -fc "signalbox-at-once-[m]ark"); echo "$x $n"';
  const outputs = await Promise.all(
    Array.from({ length: 80 }, (_, i) =>
      runProgram(["sh", "-c", script, "signalbox-at-once-mark"], `${i}\n`, never),
    ),
  );
  const told = outputs.map((output) => output.trim().split(" ").map(Number));
  expect(told.map(([input]) => input)).toEqual(Array.from({ length: 80 }, (_, i) => i));
  // A shell that looks has a child while it does.
  expect(Math.max(...told.map(([, count = 0]) => count))).toBeLessThanOrEqual(2 * 32);
});

test("a program whose time is over before its turn comes is not run at all", async () => {
  const abort = new AbortController();
  const busy = Array.from({ length: 32 }, () => runProgram(["sleep", "0.2"], "", never));
  const late = runProgram(["sh", "-c", "echo run"], "", abort.signal);
  abort.abort();
  await expect(late).rejects.toThrow("sh was not run: it was too late");
  await Promise.all(busy);
  expect(await runProgram(["echo", "next"], "", never)).toBe("next\n");
});
