import { afterEach, expect, test } from "vitest";
import { Connection } from "../../src/connection/connection.ts";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { command } from "../../src/protocol/constructors.ts";
import { systemClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import { Lab } from "../support/lab.ts";

const COMMANDS = 200_000;
/** So many wait for their replies at any time: none of them longer than a reply may take. */
const IN_FLIGHT = 5_000;
const PORT = 11941;

let lab: Lab;
let connection: Connection | undefined;
afterEach(async () => {
  const open = connection;
  connection = undefined;
  if (open) await new Promise<void>((done) => open.stop(done));
  await lab.close();
});

/** What is to be asked, and whether that is the reply to it: by what was set before, where it would be told from any other. */
interface Asked {
  readonly command: Command;
  fits(outcome: Outcome): boolean;
}

const said = (outcome: Outcome): string => (outcome.ok ? outcome.text : `ERROR ${outcome.text}`);
const lines = (outcome: Outcome): readonly string[] => (outcome.ok ? outcome.lines : []);

/** Commands in a mix as no controller has it; what `verb` and `mute` tell depends on all that was sent before. */
function* asked(pid: number | undefined): Generator<Asked> {
  const random = seededRandom(200);
  let verb = 3;
  let mute = 0;
  for (let i = 0; i < COMMANDS; i++) {
    const number = Math.floor(random() * 5);
    const [was, muted] = [verb, mute];
    switch (Math.floor(random() * 12)) {
      case 0:
        yield { command: command.pid(), fits: (outcome) => said(outcome) === `pid=${pid}` };
        break;
      case 1:
        verb = number;
        yield { command: command.verb(number), fits: (outcome) => said(outcome) === "verb level changed" };
        break;
      case 2:
        yield { command: command.verb(), fits: (outcome) => said(outcome) === `verb=${was}` };
        break;
      case 3:
        mute = i;
        yield { command: command.mute(i), fits: (outcome) => said(outcome) === "mute level changed" };
        break;
      case 4:
        yield { command: command.mute(), fits: (outcome) => said(outcome) === `mute=${muted}` };
        break;
      case 5:
        yield {
          command: command.state.last(1),
          fits: (outcome) => lines(outcome).length === 1 && /^\d+,CONNECTED,/.test(lines(outcome)[0] ?? ""),
        };
        break;
      case 6:
        yield {
          command: command.status(3),
          fits: (outcome) =>
            lines(outcome)[0]?.startsWith("TITLE\tOpenVPN 2.") === true &&
            lines(outcome).at(-1)?.startsWith("GLOBAL_STATS\t") === true,
        };
        break;
      case 7:
        yield {
          command: command.loadStats(),
          fits: (outcome) => /^nclients=0,bytesin=\d+,bytesout=\d+$/.test(said(outcome)),
        };
        break;
      case 8:
        yield {
          command: command.help(),
          fits: (outcome) =>
            lines(outcome)[0]?.startsWith("Management Interface for OpenVPN") === true &&
            lines(outcome).length > 40,
        };
        break;
      case 9:
        yield {
          command: command.clientKill(i),
          fits: (outcome) => said(outcome) === "ERROR client-kill command failed",
        };
        break;
      case 10:
        // The reply names it.
        yield {
          command: command.kill.commonName(`nobody-${i}`),
          fits: (outcome) => said(outcome) === `ERROR common name 'nobody-${i}' not found`,
        };
        break;
      default:
        yield {
          command: command.log.last(number + 1),
          fits: (outcome) => lines(outcome).length === number + 1,
        };
    }
  }
}

test(`${COMMANDS} commands one behind the other: each reply is that of its command`, async () => {
  lab = Lab.create();
  const path = lab.path("server.sock");
  const server = await lab.server({ port: PORT, proto: "udp", management: path });
  const odd: string[] = [];
  const link = (connection = new Connection({
    address: { kind: "unix", path },
    clock: systemClock,
    random: Math.random,
  }));
  await new Promise<void>((resolve, reject) =>
    link.start({
      attached: () => resolve(),
      lost: (reason) => reject(new Error(reason)),
      blocked: reject,
      notification: ({ type }) => odd.push(type),
      oddity: (text) => odd.push(text),
    }),
  );
  const commands = asked(server.child.pid);
  const wrong: string[] = [];
  let right = 0;
  const started = performance.now();
  await new Promise<void>((resolve) => {
    let waiting = 0;
    const send = (): void => {
      for (; waiting < IN_FLIGHT; waiting++) {
        const { value: next } = commands.next();
        if (!next) {
          if (waiting === 0) resolve();
          return;
        }
        link.send(next.command, (outcome) => {
          if (next.fits(outcome)) right++;
          else if (wrong.length < 10)
            wrong.push(
              `${next.command.name} ${String(next.command.args)}: ${JSON.stringify(outcome).slice(0, 200)}`,
            );
          // Half of them go out together.
          if (--waiting <= IN_FLIGHT / 2) send();
        });
      }
    };
    send();
  });
  console.log(`${Math.round(COMMANDS / ((performance.now() - started) / 1000))} commands/s`);
  expect(wrong).toEqual([]);
  expect(odd).toEqual([]);
  expect(right).toBe(COMMANDS);
});
