import { expect } from "vitest";
import type { Guest, GuestSetup, Link, Server, Subject } from "../subject.ts";
import { says } from "../subject.ts";
import { CONNECT, DISCONNECT, FILTERED } from "../environment.ts";
import { type Case, done } from "./case.ts";

const ALICE: GuestSetup = { name: "alice", login: { username: "bob", password: 'p "w' } };
const REAL = "127\\.0\\.0\\.1:\\d+";
const VIRTUAL = "10\\.\\d+\\.\\d+\\.\\d+";

/** A server with its controller. */
async function serving(subject: Subject, clientAuth = true): Promise<{ server: Server; link: Link }> {
  const server = await subject.server({ clientAuth });
  const link = await server.controller();
  await link.sees(/^>INFO:/);
  return { server, link };
}

/** The lines of the first such block behind the first `from`, its END too. */
async function block(link: Link, head: string, from = 0, seconds = 20): Promise<string[]> {
  const first = await link.sees(new RegExp(`^>CLIENT:${head}`), from, seconds);
  const at = link.lines.indexOf(first, from);
  await link.sees(/^>CLIENT:ENV,END$/, at);
  return link.lines.slice(at, link.lines.indexOf(">CLIENT:ENV,END", at) + 1);
}

/** Names of the environment, in their order. */
function names(lines: readonly string[]): string[] {
  return lines.slice(1, -1).map((line) => line.replace(">CLIENT:ENV,", "").replace(/=.*/, ""));
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`>CLIENT:ENV,${name}=`))?.slice(`>CLIENT:ENV,${name}=`.length);
}

/** A client comes and is let in. */
async function established(
  subject: Subject,
  setup = ALICE,
): Promise<{ link: Link; guest: Guest; server: Server }> {
  const { server, link } = await serving(subject);
  const guest = await server.come(setup);
  await block(link, "CONNECT,0,1$");
  await link.ask("client-auth-nt 0 1\n");
  await block(link, "ESTABLISHED,0$");
  return { server, link, guest };
}

/** Conversations of a server about its clients. */
export const CLIENT_CASES: readonly Case[] = [
  {
    title: "a client comes, is let in with a configuration, is counted, and is killed by name",
    provokes: [
      "CLIENT:CONNECT",
      "CLIENT:ADDRESS",
      "CLIENT:ESTABLISHED",
      "CLIENT:DISCONNECT",
      "BYTECOUNT_CLI",
    ],
    run: async (subject) => {
      const { server, link } = await serving(subject);
      await server.come(ALICE);
      const connect = await block(link, "CONNECT,0,1$");
      expect([valueOf(connect, "common_name"), valueOf(connect, "username")]).toEqual(["alice", "bob"]);
      expect(valueOf(connect, "password")).toBe('p "w');
      expect(names(connect)).toEqual(CONNECT);
      says(
        await link.replies("client-auth-nt 0 7\nclient-auth-nt 7 1\n"),
        ...Array.from({ length: 2 }, () => "ERROR: client-auth command failed"),
      );
      says(
        await link.replies("client-pending-auth 0 9 OPEN_URL:x 30\n"),
        "ERROR: client-pending-auth command failed. Extra parameter might be too long",
      );
      const waiting = (await link.replies("status 3\n")).find((line) => line.startsWith("CLIENT_LIST"));
      expect(waiting?.split("\t").slice(0, 5)).toEqual([
        "CLIENT_LIST",
        "alice",
        expect.stringMatching(REAL),
        "",
        "",
      ]);
      const from = link.lines.length;
      link.write('client-auth 0 1\npush "echo hi"\npid\nEND\nbytecount 1\n');
      const block0 = await block(link, "ESTABLISHED,0$", from);
      says(
        link.lines
          .slice(from, link.lines.indexOf(block0[0] ?? ""))
          .filter((line) => !line.startsWith(">BYTECOUNT")),
        done("client-auth"),
        "SUCCESS: bytecount interval changed",
        new RegExp(`^>CLIENT:ADDRESS,0,${VIRTUAL},1$`),
      );
      await link.sees(/^>BYTECOUNT_CLI:0,\d+,\d+$/, from);
      says(
        await link.replies("bytecount 0\nnclients\nload-stats\n"),
        "SUCCESS: bytecount interval changed",
        "SUCCESS: nclients=1",
        /^SUCCESS: nclients=1,bytesin=\d{4,},bytesout=\d{4,}$/,
      );
      const listed = (await link.replies("status 3\n")).filter((line) => /^(CLIENT_LIST|ROUTING)/.test(line));
      says(
        listed,
        new RegExp(
          `^CLIENT_LIST\talice\t${REAL}\t${VIRTUAL}\t\t\\d+\t\\d+\t[^\t]*\t\\d{10}\tbob\t0\t0\tAES-256-GCM$`,
        ),
        new RegExp(`^ROUTING_TABLE\t${VIRTUAL}\talice\t${REAL}\t[^\t]*\t\\d{10}$`),
      );
      const killed = await link.ask("kill alice\n");
      expect(killed[0]).toBe(">CLIENT:DISCONNECT,0");
      expect(names(killed.slice(0, -1))).toEqual(DISCONNECT);
      says(killed.slice(-2), ">CLIENT:ENV,END", "SUCCESS: common name 'alice' found, 1 client(s) killed");
      says(
        await link.replies("nclients\nclient-kill 0\n"),
        "SUCCESS: nclients=0",
        "ERROR: client-kill command failed",
      );
    },
  },
  {
    title: "env-filter",
    provokes: ["CLIENT:CONNECT"],
    run: async (subject) => {
      const { server, link } = await serving(subject);
      for (const [level, wanted] of FILTERED.entries()) {
        await link.ask(`env-filter ${level}\n`);
        await server.come({ ...ALICE, name: `alice${level}` });
        expect(names(await block(link, `CONNECT,${level},1$`))).toEqual(wanted);
      }
    },
  },
  {
    title: "a client is denied",
    provokes: ["CLIENT:CONNECT", "CLIENT:DISCONNECT"],
    run: async (subject) => {
      const { server, link } = await serving(subject);
      await server.come(ALICE);
      await block(link, "CONNECT,0,1$");
      await link.ask("log on\n");
      const lines = await link.ask('client-deny 0 1 "no, never" "Go away"\n');
      says(
        lines.filter((line) => !/PUSH|mark-/.test(line)),
        /^>LOG:\d{10},D,MANAGEMENT: CMD 'client-deny 0 1 "no, never" "Go away"'$/,
        /^>LOG:\d{10},,MULTI: connection rejected: no, never, CLI:Go away$/,
        done("client-deny"),
      );
      await link.ask("log off\n");
      const gone = await block(link, "DISCONNECT,0$");
      says(gone, ">CLIENT:DISCONNECT,0", ">CLIENT:ENV,END");
    },
  },
  {
    title: "client-kill: the client comes back before it is gone",
    provokes: ["CLIENT:DISCONNECT"],
    run: async (subject) => {
      const { link } = await established(subject);
      const from = link.lines.length;
      says(await link.replies("client-kill 0\n"), done("client-kill"));
      await block(link, "CONNECT,1,1$", from);
      expect(link.lines.slice(from).some((line) => line.startsWith(">CLIENT:DISCONNECT"))).toBe(false);
      await block(link, "DISCONNECT,0$", from);
    },
  },
  {
    title: "kill by address",
    run: async (subject) => {
      const { link } = await established(subject);
      const row = (await link.replies("status 2\n")).find((line) => line.startsWith("CLIENT_LIST,"));
      const address = row?.split(",")[2] ?? "";
      says(
        (await link.ask(`kill ${address}\n`)).slice(-2),
        ">CLIENT:ENV,END",
        `SUCCESS: 1 client(s) at address ${address} killed`,
      );
    },
  },
  {
    title: "new keys are asked about; denied, they end the session",
    provokes: ["CLIENT:REAUTH"],
    run: async (subject) => {
      const { link } = await established(subject, { ...ALICE, renegotiates: 4 });
      const reauth = await block(link, "REAUTH,0,\\d+$");
      const kid = reauth[0]?.split(",")[2] ?? "";
      says(await link.replies(`client-auth-nt 0 ${kid}\n`), done("client-auth"));
      const from = link.lines.length;
      const again = await block(link, "REAUTH,0,\\d+$", from);
      says(await link.replies(`client-deny 0 ${again[0]?.split(",")[2]} enough\n`), done("client-deny"));
      await block(link, "DISCONNECT,0$", from);
    },
  },
  {
    title: "a login that is put off, and the client's answer",
    provokes: ["CLIENT:CR_RESPONSE"],
    run: async (subject) => {
      const { server, link } = await serving(subject);
      const guest = await server.come(ALICE);
      await block(link, "CONNECT,0,1$");
      says(await link.replies('client-pending-auth 0 1 "CR_TEXT:R:PIN?" 30\n'), done("client-pending-auth"));
      // Its handshake may still want a moment.
      await link.rest(500);
      guest.respond("MTIz");
      const answer = await block(link, "CR_RESPONSE,0,1,MTIz$");
      expect(valueOf(answer, "username")).toBe("bob");
      says(await link.replies("client-auth-nt 0 1\n"), done("client-auth"));
      await block(link, "ESTABLISHED,0$");
    },
  },
  {
    title: "without --management-client-auth only its beginning is told of a client, and nothing denies it",
    provokes: ["CLIENT:ESTABLISHED"],
    run: async (subject) => {
      const { server, link } = await serving(subject, false);
      const guest = await server.come({ name: "alice" });
      await block(link, "ESTABLISHED,0$");
      says(
        await link.replies("client-deny 0 1 no\nclient-auth-nt 0 1\nclient-auth 0 1\nEND\nnclients\n"),
        ...[done("client-deny"), done("client-auth"), done("client-auth"), "SUCCESS: nclients=1"],
      );
      says(await link.replies("kill alice\n"), "SUCCESS: common name 'alice' found, 1 client(s) killed");
      await guest.go();
      expect(link.lines.filter((line) => /^>CLIENT:(?!ENV)/.test(line))).toEqual([">CLIENT:ESTABLISHED,0"]);
    },
  },
];
