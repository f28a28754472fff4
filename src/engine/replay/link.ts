import type { Conversation } from "../../connection/conversation.ts";
import type { Aside, Link, LinkListener } from "../../connection/link.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { display } from "../../protocol/encoder.ts";
import { replyKind } from "../../protocol/forms.ts";
import { LineSplitter, whole } from "../../protocol/lines.ts";
import type { RecordedStep } from "../../recording/read.ts";
import { unsafe } from "../testing/link.ts";
import { PretendedDaemon } from "../testing/pretended.ts";
import { conversation, type RecordedReply, type Script, type ScriptedConnection } from "./script.ts";

/** What the engine sends is taken for what the recorded controller sent, where the reply comes within so many ms. */
const TOGETHER = 1_000;

const STATE = ">STATE:";

/** Something that happens in the recording, at its time. */
export interface Scene {
  /** ms since the recording began. */
  readonly t: number;
  play(): void;
}

interface Playing {
  readonly script: ScriptedConnection;
  readonly conversation: Conversation;
  readonly states: LineSplitter;
  readonly utf8: TextDecoder;
  /** Commands of the recorded controller so far. */
  commands: number;
  /** The places of those that were replied to. */
  readonly replied: Set<number>;
  /** Who of the engine waits for the reply to a recorded command, by its place. */
  readonly waiting: Map<number, (outcome: Outcome) => void>;
}

/**
 * An OpenVPN that says again what it said in a recording. Commands of the engine are answered as the same ones were then, and
 * otherwise as OpenVPN answers; what it does next is what it did then, whatever it was told now.
 */
export class ReplayLink implements Link {
  readonly scenes: readonly Scene[];
  readonly #daemon: PretendedDaemon;
  /** ms since the epoch. */
  readonly #began: number;
  /** ms since the recording began. */
  readonly #now: () => number;
  #playing: Playing | undefined;
  #listener: LinkListener | undefined;

  /** `began`: when the recording began, ms since the epoch. */
  constructor(script: Script, began: number, now: () => number) {
    this.#began = began;
    this.#now = () => now() - began;
    this.#daemon = new PretendedDaemon(script.pretended, now);
    this.scenes = script.connections.flatMap((connection) => this.#scenesOf(connection));
  }

  start(listener: LinkListener): void {
    this.#listener = listener;
  }

  stop(done: () => void): void {
    this.#listener = undefined;
    done();
  }

  send(command: Command, done: (outcome: Outcome) => void, { own = false }: Aside = {}): void {
    const problem = unsafe(command);
    const playing = this.#playing;
    if (problem !== undefined || !playing) {
      const failure: Outcome =
        problem === undefined
          ? { ok: false, error: "lost", text: "not connected" }
          : { ok: false, error: "invalid", text: problem };
      queueMicrotask(() => done(failure));
      return;
    }
    const text = display(command);
    const { replied, waiting, script } = playing;
    const place = script.replies.findIndex(
      (reply, i) =>
        reply?.command === text && reply.t - this.#now() <= TOGETHER && !replied.has(i) && !waiting.has(i),
    );
    if (place >= 0) {
      waiting.set(place, done);
      return;
    }
    const asks = own || replyKind(command) !== "single";
    const outcome: Outcome = asks
      ? (recordedReply(script, text, this.#now()) ?? this.#daemon.reply(command))
      : { ok: true, text: `${command.name} command succeeded`, lines: [] };
    queueMicrotask(() => done(outcome));
  }

  #scenesOf(script: ScriptedConnection): Scene[] {
    const { steps, end } = script.recorded;
    const [first] = steps;
    if (!first) return [];
    return [
      { t: first.t, play: () => this.#begin(script) },
      ...steps.map((step) => ({ t: step.t, play: () => this.#step(step) })),
      ...(end ? [{ t: end.t, play: () => this.#end(end.by) }] : []),
    ];
  }

  #begin(script: ScriptedConnection): void {
    const daemon = this.#daemon;
    for (const line of statesBefore(script, this.#began + this.#now())) daemon.state(line);
    const states = whole((line) => {
      if (line.startsWith(STATE)) daemon.state(line.slice(STATE.length));
    });
    this.#playing = {
      script,
      utf8: new TextDecoder(),
      commands: 0,
      replied: new Set(),
      waiting: new Map(),
      states: new LineSplitter(states, () => undefined),
      conversation: conversation({
        attached: (greeting) => this.#listener?.attached(greeting),
        oddity: (text) => this.#listener?.oddity(text),
        notification: (notification) => {
          daemon.heard(notification);
          this.#listener?.notification(notification);
        },
      }),
    };
  }

  #step(step: RecordedStep): void {
    const playing = this.#playing;
    if (!playing) return;
    if ("bytes" in step) {
      const text = playing.utf8.decode(step.bytes, { stream: true });
      playing.states.push(text);
      playing.conversation.push(text);
      return;
    }
    const place = playing.commands++;
    playing.conversation.expect(step.command, (outcome) => {
      playing.replied.add(place);
      playing.waiting.get(place)?.(outcome);
      playing.waiting.delete(place);
    });
  }

  #end(by: "daemon" | "controller"): void {
    const playing = this.#playing;
    this.#playing = undefined;
    if (!playing) return;
    const reason = by === "daemon" ? "closed by OpenVPN" : "the recorded controller left";
    playing.conversation.end(reason);
    for (const done of playing.waiting.values()) done({ ok: false, error: "lost", text: reason });
    if (by === "daemon") this.#daemon.replaced();
    if (playing.conversation.attached) this.#listener?.lost(reason, true);
  }
}

/** What was replied to the same command, at the nearest time. */
function recordedReply({ replies }: ScriptedConnection, command: string, now: number): Outcome | undefined {
  const same = replies.filter((reply) => reply?.command === command);
  const distance = (reply: RecordedReply | undefined): number => Math.abs((reply?.t ?? 0) - now);
  return same.toSorted((a, b) => distance(a) - distance(b))[0]?.outcome;
}

/** The states of before the connection, where OpenVPN was asked for them. `now`: ms since the epoch. */
function statesBefore({ replies }: ScriptedConnection, now: number): readonly string[] {
  const asked = replies.find(
    (reply) => reply?.command.startsWith("state ") && reply.outcome.ok && reply.outcome.lines.length > 0,
  );
  if (!asked?.outcome.ok) return [];
  return asked.outcome.lines.filter((line) => Number.parseInt(line, 10) * 1000 <= now);
}
