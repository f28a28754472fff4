import { spawn } from "node:child_process";
import type { Answer } from "../rules/rulebook.ts";
import { pluginContext } from "./action-bench.ts";
import type { BenchHost } from "./bench-host.ts";
import { eventRecord } from "./journal.ts";
import type { Question } from "./question.ts";
import { issuesText } from "./issues-text.ts";
import { runtimeAnswer } from "./runtime-answer.ts";

/** More than any answer needs; a program that prints on is cut off. */
const MOST_OUTPUT = 64 * 1024;

type Outside = Extract<Answer, { kind: "exec" | "plugin" }>;

/** Asks a program or a plugin; late, broken or wrong, its `else` answers. Never rejects. */
export async function consult(question: Question, engine: BenchHost): Promise<Answer> {
  const answer = question.answer as Outside;
  const abort = new AbortController();
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = engine.clock.after(answer.timeout, () => {
      abort.abort();
      reject(new Error(`No answer within ${answer.timeout} ms`));
    });
  });
  try {
    const given = await Promise.race([ask(answer, question, engine, abort.signal), late]);
    return runtimeAnswer(question.query, given, engine.remotes.names());
  } catch (error) {
    engine.journal.write("error", question.event.daemon, {
      ...(question.rule ? { rule: question.rule.id } : {}),
      error: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
    });
    return answer.otherwise;
  } finally {
    timer?.cancel();
  }
}

function ask(answer: Outside, question: Question, engine: BenchHost, signal: AbortSignal): Promise<unknown> {
  if (answer.kind === "exec")
    return runProgram(answer.argv, JSON.stringify(eventRecord(question.event)), signal);
  const loaded = engine.rulebook.plugins.find(({ name }) => name === answer.plugin);
  const definition = loaded?.definition.answers?.[answer.answer];
  if (!definition) throw new Error(`Unknown answer '${answer.plugin}.${answer.answer}'`);
  const params = definition.params.safeParse(answer.params.resolve(engine.env(question.event)));
  if (!params.success) throw new Error(issuesText(params.error));
  return Promise.resolve(
    definition.answer(
      params.data,
      pluginContext(engine, answer.plugin, question.event, question.rule?.id ?? "", signal),
    ),
  );
}

/** The event as JSON on standard input, one answer as JSON on standard output. Never a shell; killed with its group when late. */
function runProgram(argv: readonly string[], input: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], detached: true });
    let output = "";
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    signal.addEventListener("abort", end);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`Cannot run ${program}: ${error.code ?? "failed"}`)),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      output += text;
      if (output.length > MOST_OUTPUT) end();
    });
    child.on("close", (code) => {
      if (code !== 0) reject(new Error(`${program} ended with status ${code ?? "none"}`));
      else
        try {
          resolve(JSON.parse(output));
        } catch {
          reject(new Error(`${program} did not print one answer as JSON`));
        }
    });
  });
}
