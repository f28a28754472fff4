import { says } from "../subject.ts";
import { type Case, HOLD, SLOW, started, state } from "./case.ts";

const UP = /,CONNECTED,SUCCESS,/;
const RELEASED = "SUCCESS: hold release succeeded";
const VIRTUAL = "10\\.\\d+\\.\\d+\\.\\d+";

/** Holds, released. */
export const HOLD_CASES: readonly Case[] = [
  {
    title: "the first hold, released, and the way up",
    covers: [["firstHold", "hold release"]],
    provokes: ["INFO", "HOLD", "STATE"],
    run: async (subject) => {
      const { link } = await started(subject, { hold: true, meets: "up" }, HOLD);
      const from = link.lines.length;
      link.write("hold release\nhold release\n");
      await link.sees(UP, from);
      const seen = link.lines.slice(from);
      says(
        seen,
        ...[RELEASED, RELEASED, state("WAIT"), state("AUTH"), SLOW, state("ASSIGN_IP", "", "[\\d.]+")],
        state("CONNECTED", "SUCCESS", "[\\d.]+", "127\\.0\\.0\\.1,\\d+,,"),
      );
    },
  },
  {
    title: "later holds, released: behind SIGUSR1 the pause is the hold, behind SIGHUP it comes after it",
    covers: [
      ["laterHold", "hold release"],
      ["rereadHold", "hold release"],
    ],
    provokes: ["HOLD", "STATE"],
    run: async (subject) => {
      const { link } = await started(subject, { meets: "up" });
      await link.ask("state all\nhold on\n");
      await link.sees(UP);
      for (const [signal, seconds] of [
        ["SIGUSR1", 1],
        ["SIGHUP", 0],
      ] as const) {
        const from = link.lines.length;
        link.write(`signal ${signal}\n`);
        await link.sees(HOLD, from);
        link.write("hold release\n");
        await link.sees(UP, from);
        says(
          link.lines.slice(from),
          ...[`SUCCESS: signal ${signal} thrown`, state("RECONNECTING", signal)],
          ...[`>HOLD:Waiting for hold release:${seconds}`, RELEASED, state("WAIT"), state("AUTH")],
          ...[{ some: /,ASSIGN_IP,/ }, UP],
        );
      }
    },
  },
  {
    title: "the first hold of a server, released",
    covers: [["serverFirstHold", "hold release"]],
    run: async (subject) => {
      const server = await subject.server({ hold: true });
      const link = await server.controller();
      await link.sees(/^>HOLD:/);
      await link.ask("state on\n");
      const from = link.lines.length;
      link.write("hold release\n");
      await link.sees(/,CONNECTED,/, from);
      says(
        link.lines.slice(from),
        "SUCCESS: hold release succeeded",
        ...[
          state("ASSIGN_IP", "", VIRTUAL),
          state("CONNECTED", "SUCCESS", VIRTUAL, ",,127\\.0\\.0\\.1,\\d+"),
        ],
      );
    },
  },
  {
    title: "later holds of a server, released",
    covers: [
      ["serverLaterHold", "hold release"],
      ["serverRereadHold", "hold release"],
    ],
    run: async (subject) => {
      const server = await subject.server();
      const link = await server.controller();
      await link.sees(/^>INFO:/);
      await link.ask("hold on\nstate on\n");
      for (const [signal, seconds] of [
        ["SIGUSR1", 1],
        ["SIGHUP", 0],
      ] as const) {
        const from = link.lines.length;
        link.write(`signal ${signal}\n`);
        await link.sees(/^>HOLD:/, from);
        link.write("hold release\n");
        await link.sees(/,CONNECTED,/, from);
        says(
          link.lines.slice(from),
          ...[`SUCCESS: signal ${signal} thrown`, state("RECONNECTING", signal)],
          ...[`>HOLD:Waiting for hold release:${seconds}`, "SUCCESS: hold release succeeded"],
          ...[
            state("ASSIGN_IP", "", VIRTUAL),
            state("CONNECTED", "SUCCESS", VIRTUAL, ",,127\\.0\\.0\\.1,\\d+"),
          ],
        );
      }
    },
  },
];
