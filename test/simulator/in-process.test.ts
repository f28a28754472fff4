import { expect, test } from "vitest";
import { inProcess } from "../../src/simulator/in-process.ts";
import { world } from "./support.ts";

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

function dialled(): ReturnType<typeof world> & {
  heard: string[];
  link: ReturnType<ReturnType<typeof inProcess>>;
} {
  const client = world({ pid: 7 });
  client.controller.leave();
  const heard: string[] = [];
  const link = inProcess(client.daemon.slot)(undefined, {
    connected: () => heard.push("connected"),
    text: (chunk) => heard.push(...chunk.split("\r\n").filter((line) => line !== "")),
    closed: () => heard.push("closed"),
  });
  return { ...client, heard, link };
}

test("Nothing is called back within a call, and the connection is there before the greeting", async () => {
  const { heard } = dialled();
  expect(heard).toEqual([]);
  await settle();
  expect(heard.map((line) => line.split(":")[0])).toEqual(["connected", ">INFO", ">HOLD"]);
});

test("Text travels as UTF-8 both ways", async () => {
  const { heard, link } = dialled();
  link.write("signal Zoë\n");
  expect(heard).toEqual([]);
  await settle();
  expect(heard.at(-1)).toBe("ERROR: signal 'Zoë' is not a known signal type");
});

test("Whoever ends it, the end is told once, and the place is free for the next", async () => {
  for (const way of ["end", "destroy", "quit"] as const) {
    const { heard, link, daemon } = dialled();
    if (way === "quit") link.write("quit\n");
    else link[way]();
    await settle();
    link.destroy();
    await settle();
    expect(heard.filter((word) => word === "closed")).toHaveLength(1);
    const greeted: string[] = [];
    daemon.slot.accept({ text: (bytes) => greeted.push(bytes), closed: () => undefined });
    expect(greeted[0]).toContain(">INFO");
  }
});
