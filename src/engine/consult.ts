import type { Answer } from "../rules/answer.ts";
import type { BenchHost } from "./bench-host.ts";
import { pluginContext } from "./plugin-context.ts";
import type { Inquiry } from "./question.ts";
import { issuesText } from "./issues-text.ts";
import { Secret } from "../util/secret.ts";
import { runProgram } from "./run-program.ts";
import { runtimeAnswer } from "./runtime-answer.ts";
import { redactorOf } from "./told.ts";

type Outside = Extract<Answer, { kind: "exec" | "plugin" }>;

/** Asks a program or a plugin; late, broken or wrong, its `else` answers. Never rejects. */
export async function consult(inquiry: Inquiry, engine: BenchHost): Promise<Answer> {
  const answer = inquiry.answer as Outside;
  const abort = new AbortController();
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = engine.clock.after(answer.timeout, () => {
      abort.abort();
      reject(new Error(`No answer within ${answer.timeout} ms`));
    });
  });
  try {
    const given = await Promise.race([ask(answer, inquiry, engine, abort.signal), late]);
    return runtimeAnswer(inquiry.query, given, {
      remotes: engine.remotes.names(),
      proxies: engine.proxies.names(),
    });
  } catch (error) {
    engine.journal.write("error", inquiry.event.daemon, {
      ...(inquiry.rule ? { rule: inquiry.rule.id } : {}),
      error: redactorOf(inquiry.event).mask(
        error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
      ),
    });
    return answer.otherwise;
  } finally {
    timer?.cancel();
  }
}

function ask(answer: Outside, inquiry: Inquiry, engine: BenchHost, signal: AbortSignal): Promise<unknown> {
  if (answer.kind === "exec") return askProgram(answer.argv, inquiry, signal);
  const loaded = engine.rulebook.plugins.find(({ name }) => name === answer.plugin);
  const definition = loaded?.definition.answers?.[answer.answer];
  if (!definition) throw new Error(`Unknown answer '${answer.plugin}.${answer.answer}'`);
  const params = definition.params.safeParse(answer.params.resolve(engine.env(inquiry.event)));
  if (!params.success) throw new Error(issuesText(params.error));
  const context = pluginContext(engine, answer.plugin, inquiry.event, inquiry.rule?.id ?? "", signal);
  const event = inClear(context.event) as typeof context.event;
  const redactor = redactorOf(inquiry.event);
  const log = (text: string): void => context.log(redactor.mask(text));
  return Promise.resolve(definition.answer(params.data, { ...context, event, log }));
}

async function askProgram(
  argv: readonly string[],
  { event }: Inquiry,
  signal: AbortSignal,
): Promise<unknown> {
  const output = await runProgram(
    argv,
    JSON.stringify(inClear({ type: event.type, ...event.fields })),
    signal,
  );
  try {
    return JSON.parse(output);
  } catch {
    throw new Error(`${argv[0] ?? ""} did not print one answer as JSON`);
  }
}

/** Who decides about a client sees its password, here and nowhere else. */
function inClear(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(inClear);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, inClear(entry)]));
}
