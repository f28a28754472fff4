import { type Mode, MODE_NAMES, MODES } from "../modes.ts";
import { says } from "../subject.ts";
import { type Case, HOLD, started, state } from "./case.ts";

const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info";
const PROMPT = "ENTER PASSWORD:";
const RIGHT = "SUCCESS: password is correct";

/** In each mode: what is behind them is lost, and the next controller hears the open question again. */
const LEAVING: readonly Case[] = MODE_NAMES.map((name) => ({
  title: `exit and quit: ${MODES[name].name}`,
  covers: [[name, "exit", "quit"]],
  provokes: ["INFO"],
  run: async (subject) => {
    const { reach, question }: Mode = MODES[name];
    const { link, daemon } = await reach(subject);
    await link.ask("state off\n");
    const from = link.lines.length;
    link.write("exit\npid\n");
    await link.end();
    says(link.lines.slice(from));
    const next = await daemon.controller();
    await next.sees(/^>INFO:/);
    await next.ask("env-filter 2\n");
    says(next.lines, GREETING, ...(question ? [question] : []), "SUCCESS: env_filter_level=2", /mark/);
    next.write("quit\n");
    await next.end();
    const last = await daemon.controller();
    await last.ask("state off\n");
  },
}));

/** How connections begin and end. */
export const CONNECTION_CASES: readonly Case[] = [
  ...LEAVING,
  ...(["client", "server"] as const).map((kind): Case => ({
    title: `a ${kind} with a password: a wrong one is answered by asking again, the third by the end`,
    provokes: ["INFO", "HOLD"],
    run: async (subject) => {
      const daemon = await subject[kind]({ hold: true, password: "open sesame" });
      const link = await daemon.controller();
      await link.sees(/^ENTER PASSWORD:$/);
      link.write("wrong\n");
      await link.sees(/^ENTER PASSWORD:$/, 1);
      link.write("open sesame\npid\n");
      await link.sees(HOLD);
      // Nobody was there to be told of the hold: it begins when all is done that came with the password.
      says(link.lines, PROMPT, PROMPT, RIGHT, GREETING, /^SUCCESS: pid=\d+$/, HOLD);
      link.leave();
      const second = await daemon.controller();
      for (const [i, wrong] of ['"open sesame"', "", "open sesame "].entries()) {
        await second.sees(/^ENTER PASSWORD:$/, i);
        second.write(`${wrong}\n`);
      }
      await second.end();
      says(second.lines, PROMPT, PROMPT, PROMPT);
      const third = await daemon.controller();
      await third.sees(/^ENTER PASSWORD:$/);
      third.write("open sesame\npid\n");
      await third.sees(/^SUCCESS: pid=/);
      says(third.lines, PROMPT, RIGHT, GREETING, HOLD, /^SUCCESS: pid=\d+$/);
    },
  })),
  {
    title: "a second controller hears nothing; what it sent runs when the first has gone",
    run: async (subject) => {
      const { client, link } = await started(subject, { hold: true }, HOLD);
      const second = await client.controller();
      second.write("mute 7\n");
      await second.rest(300);
      says(second.lines);
      says(await link.ask("mute\n"), "SUCCESS: mute=0");
      link.leave();
      await second.sees(/^SUCCESS:/);
      says(second.lines, GREETING, HOLD, "SUCCESS: mute level changed");
      says(await second.ask("mute\n"), "SUCCESS: mute=7");
    },
  },
  {
    title: "what a controller leaves to the next: settings, but not what is told as it comes",
    run: async (subject) => {
      const { client, link } = await started(subject, { hold: true }, HOLD);
      await link.ask("log on\necho on\nenv-filter 1\nverb 4\nauth-retry interact\nhold off\n");
      link.write("client-auth 0 1\nx\n");
      await link.rest(50);
      link.leave();
      const next = await client.controller();
      await next.sees(/^>INFO:/);
      await next.ask("END\n");
      says(next.lines, GREETING, HOLD, "ERROR: unknown command, enter 'help' for more options", /mark/);
      says(
        await next.ask("verb\nauth-retry\nhold\n"),
        "SUCCESS: verb=4",
        "SUCCESS: auth-retry=interact",
        "SUCCESS: hold=0",
      );
      says(await next.ask("hold release\n"), "SUCCESS: hold release succeeded");
      await next.ask("state on all\n");
      await next.sees(state("WAIT"));
    },
  },
  {
    title: "--management-signal: a controller that goes makes it reconnect",
    run: async (subject) => {
      const { client, link } = await started(subject, { meets: "up", signalsOnDisconnect: true });
      await link.ask("state all\n");
      await link.sees(/CONNECTED/);
      await link.ask("hold on\n");
      link.leave();
      const next = await client.controller();
      await next.sees(HOLD);
      says((await next.ask("state 1\n")).slice(-2), state("RECONNECTING", "management-disconnect"), "END");
    },
  },
];
