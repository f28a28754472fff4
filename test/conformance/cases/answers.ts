import { says } from "../subject.ts";
import {
  type Case,
  CONNECTED,
  done,
  entered,
  exactly,
  HOLD,
  leads,
  LET_IN,
  LOGIN,
  started,
  state,
} from "./case.ts";

const LOGGED_IN = [entered("Auth", "username"), entered("Auth", "password")] as const;

/** Each answers the open question, and what was asked for goes on. */
export const ANSWER_CASES: readonly Case[] = [
  ...(["remote ACCEPT", "remote MOD 127.0.0.1 1"] as const).map((answer): Case => ({
    title: answer,
    covers: [["remote", answer]],
    provokes: ["REMOTE"],
    run: async (subject) => {
      const { link } = await started(subject, { queryRemote: true }, /^>REMOTE:/);
      await leads(link, `${answer}\n`, done("remote"), state("WAIT"));
    },
  })),
  {
    title: "remote SKIP, until the list has been passed twice",
    covers: [["remote", "remote SKIP", "remote SKIP 1"]],
    provokes: ["FATAL"],
    run: async (subject) => {
      const { client, link } = await started(subject, { queryRemote: true }, /^>REMOTE:/);
      await leads(link, "remote SKIP\n", done("remote"), /^>REMOTE:127\.0\.0\.1,\d+,udp$/);
      await leads(
        link,
        "remote SKIP 1\n",
        done("remote"),
        ">FATAL:No usable connection profiles are present",
      );
      says([String(await client.ended())], "1");
    },
  },
  ...(["proxy NONE", "proxy http 127.0.0.1 1", "proxy HTTP"] as const).map((answer): Case => ({
    title: `${answer}: it goes direct`,
    covers: [["proxy", answer]],
    provokes: ["PROXY"],
    run: async (subject) => {
      const { link } = await started(subject, { queryProxy: true, proto: "tcp" }, /^>PROXY:/);
      const reply = answer === "proxy NONE" ? done("proxy") : "ERROR: proxy command failed";
      await leads(link, `${answer}\n`, reply, state("TCP_CONNECT"), state("WAIT"));
    },
  })),
  ...(["proxy HTTP 127.0.0.1 1 nct", "proxy SOCKS 127.0.0.1 1"] as const).map((answer): Case => ({
    title: `${answer}: nobody is there`,
    covers: [["proxy", answer]],
    run: async (subject) => {
      const { link } = await started(subject, { queryProxy: true, proto: "tcp" }, /^>PROXY:/);
      await link.ask("hold on\n");
      await leads(
        link,
        `${answer}\n`,
        done("proxy"),
        state("TCP_CONNECT"),
        state("RECONNECTING", "connection-failed"),
        HOLD,
      );
    },
  })),
  {
    title: "name and password, in any order; an empty name is none",
    covers: [["password", "username Auth ok", "password Auth ok"]],
    provokes: ["PASSWORD:NEED"],
    run: async (subject) => {
      const { link } = await started(subject, { auth: {}, meets: "up" }, exactly(LOGIN));
      says(await link.ask("password Auth ok\n"), entered("Auth", "password"));
      says(await link.ask('username Auth ""\n'), entered("Auth", "username"));
      await leads(link, "username Auth ok\n", entered("Auth", "username"), state("WAIT"), ...LET_IN);
    },
  },
  {
    title: "a static challenge",
    run: async (subject) => {
      const challenge = { text: "PIN, please?", echo: true };
      const { link } = await started(subject, { auth: { challenge }, meets: "up" });
      says([await link.sees(/^>PASSWORD:/)], `${LOGIN} SC:1,PIN, please?`);
      await leads(
        link,
        "username Auth ok\npassword Auth SCRV1:b2s=:MTIz\n",
        ...LOGGED_IN,
        state("WAIT"),
        ...LET_IN,
      );
    },
  },
  {
    title: "a question longer than 127 bytes is cut",
    run: async (subject) => {
      const { link } = await started(subject, {
        auth: { challenge: { text: "L".repeat(150), echo: false } },
      });
      says([await link.sees(/^>PASSWORD:/)], `${LOGIN} SC:0,${"L".repeat(150)}`.slice(0, 127));
    },
  },
  {
    title: "a wrong login ends it, without auth-retry",
    provokes: ["PASSWORD:FAILED"],
    run: async (subject) => {
      const setup = { auth: {}, meets: "up", verdicts: [{ deny: "no, 'never'" }] } as const;
      const { client, link } = await started(subject, setup, exactly(LOGIN));
      await link.ask("username Auth eve\npassword Auth pw\n");
      await link.end();
      says(
        link.lines.slice(-3),
        { some: /^>STATE:/ },
        ">PASSWORD:Verification Failed: 'Auth' ['no, 'never'']",
        state("EXITING", "auth-failure"),
      );
      says([String(await client.ended())], "0");
    },
  },
  {
    title: "a wrong login is asked again with auth-retry interact",
    run: async (subject) => {
      const verdicts = [{ deny: "CRV1:R,E:id:Ym9i:PIN?" }, { allow: {} }] as const;
      const setup = { auth: {}, meets: "up", authRetry: "interact", verdicts } as const;
      const { link } = await started(subject, setup, exactly(LOGIN));
      await link.ask("username Auth bob\npassword Auth pw\n");
      await link.sees(exactly(">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:id:Ym9i:PIN?']"));
      await link.sees(exactly(LOGIN), link.lines.length - 1);
      await link.ask("username Auth bob\npassword Auth CRV1::id::123\n");
      await link.sees(CONNECTED);
    },
  },
];
