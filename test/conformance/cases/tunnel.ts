import { expect } from "vitest";
import { UPDOWN } from "../environment.ts";
import { says } from "../subject.ts";
import { type Case, HOLD, started, state } from "./case.ts";

const UP = /,CONNECTED,SUCCESS,/;

/** What a client tells of its tunnel and of its server. */
export const TUNNEL_CASES: readonly Case[] = [
  {
    title: "echoes of the configuration and of the server, and a token",
    provokes: ["ECHO", "PASSWORD:TOKEN"],
    run: async (subject) => {
      const verdicts = [{ allow: { echo: "hello", token: "TOKEN" } }] as const;
      const { link } = await started(
        subject,
        { hold: true, meets: "up", auth: {}, echo: "from the file", verdicts },
        HOLD,
      );
      says(
        await link.ask("echo on all\n"),
        "SUCCESS: real-time echo notification set to ON",
        /^\d{10},from the file$/,
        "END",
      );
      await link.ask("hold release\n");
      await link.sees(/^>PASSWORD:Need/);
      const from = link.lines.length;
      await link.ask("username Auth bob\npassword Auth pw\n");
      await link.sees(UP, from);
      const told = link.lines.slice(from).filter((line) => /^>(ECHO|PASSWORD)/.test(line));
      says(told, /^>ECHO:\d{10},hello$/, ">PASSWORD:Auth-Token:TOKEN");
      says(await link.ask("echo all\n"), /^\d{10},from the file$/, /^\d{10},hello$/, "END");
    },
  },
  {
    title: "bytes are told every second, and the log as it comes",
    provokes: ["BYTECOUNT", "LOG"],
    run: async (subject) => {
      const { link } = await started(subject, { meets: "up" });
      await link.ask("state all\nbytecount 1\n");
      await link.sees(/^>BYTECOUNT:\d+,\d+$/);
      await link.ask("bytecount 0\nlog on\n");
      const from = link.lines.length;
      await link.ask("verb\nload-stats\npassword Auth secret\nneedok a b\n");
      says(
        link.lines.slice(from, from + 7),
        ...[/^>LOG:\d{10},D,MANAGEMENT: CMD 'verb'$/, "SUCCESS: verb=3", /^SUCCESS: nclients=0,/],
        /^>LOG:\d{10},D,MANAGEMENT: CMD 'password \[\.\.\.\]'$/,
        "ERROR: no password is currently needed at this time",
        /^>LOG:\d{10},D,MANAGEMENT: CMD 'needok a b'$/,
        "ERROR: no needok-confirmation is currently needed at this time",
      );
    },
  },
  {
    title: "scripts are told of as UPDOWN",
    provokes: ["UPDOWN"],
    run: async (subject) => {
      const { link } = await started(subject, { hold: true, meets: "up", upDown: true }, HOLD);
      await link.ask("hold release\n");
      await link.sees(UP);
      link.write("signal SIGTERM\n");
      await link.end();
      for (const what of ["UP", "DOWN"]) {
        const from = link.lines.indexOf(`>UPDOWN:${what}`);
        const block = link.lines.slice(from, link.lines.indexOf(">UPDOWN:ENV,END", from) + 1);
        const names = block.map((line) => line.replace(/=.*/, "").replace(">UPDOWN:ENV,", ""));
        const own = names.filter((name) => !/^route_\w+_gateway$/.test(name));
        expect(own).toEqual([`>UPDOWN:${what}`, ...UPDOWN, "END"]);
      }
    },
  },
  ...(["", "[N]try next"] as const).map((text): Case => ({
    title: `the server sends RESTART ${text}`,
    provokes: ["NOTIFY"],
    run: async (subject) => {
      const { client, link } = await started(subject, { meets: "up", verdicts: [{ allow: {} }] });
      await link.ask("hold on\nstate all\n");
      await link.sees(UP);
      const from = link.lines.length;
      await client.sentAway(text === "" ? "RESTART" : `RESTART,${text}`);
      await link.sees(HOLD, from);
      says(
        link.lines.slice(from),
        `>NOTIFY:info,server-pushed-connection-reset,${text}`,
        ...[state("RECONNECTING", "server-pushed-connection-reset"), HOLD],
      );
    },
  })),
  {
    title: "the server sends HALT",
    provokes: ["NOTIFY"],
    run: async (subject) => {
      const { client, link } = await started(subject, { meets: "up", verdicts: [{ allow: {} }] });
      await link.ask("state all\n");
      await link.sees(UP);
      const from = link.lines.length;
      await client.sentAway("HALT,over, quota");
      await link.end();
      says(
        link.lines.slice(from),
        ">NOTIFY:info,server-pushed-halt,over, quota",
        state("EXITING", "server-pushed-halt"),
      );
      says([String(await client.ended())], "0");
    },
  },
  {
    title: "a login that waits for a second answer",
    provokes: ["INFOMSG"],
    run: async (subject) => {
      const verdicts = [{ pending: "CR_TEXT:R,E:Your PIN, please" }] as const;
      const { link } = await started(subject, { hold: true, meets: "up", verdicts }, HOLD);
      await link.ask("hold release\n");
      await link.sees(/^>INFOMSG:/);
      await link.sees(/^>STATE:\d+,AUTH_PENDING,/);
      const from = link.lines.findIndex((line) => line.includes("AUTH_PENDING"));
      says(
        link.lines.slice(from, from + 2),
        state("AUTH_PENDING", "timeout 60"),
        ">INFOMSG:CR_TEXT:R,E:Your PIN, please",
      );
      says(await link.replies("cr-response MTIz\n"), "SUCCESS: command succeeded");
    },
  },
];
