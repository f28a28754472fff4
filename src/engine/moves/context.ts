import type { Dial, Question as RemoteQuestion } from "../../policy/dial.ts";
import type { Decision, RemoteGroup } from "../../policy/group.ts";
import type { Env } from "../../rules/cel/types.ts";
import type { Answer } from "../../rules/answer.ts";
import type { HoldSituation } from "../hold.ts";
import type { Inquiry, Question } from "../question.ts";

/** What working out a move needs to know of its daemon. */
export interface MoveContext {
  readonly daemon: string;
  readonly dial: Dial;
  /** The REMOTE question as asked. */
  readonly asked: RemoteQuestion | undefined;
  env(question: Question): Env;
  holdSituation(question: Question): HoldSituation;
  group(name: string): RemoteGroup | undefined;
  /** Runs what answers outside: a program, a plugin, a signature. Rejects with an Error that says why there is no answer. */
  consult(inquiry: Inquiry): Promise<Answer>;
  /** The lines of the certificates in a file. Throws an Error that says why there are none. */
  certificates(path: string): readonly string[];
  released(): void;
  /** `remote SKIP` is about to be sent. */
  skipping(count: number): void;
  /** `remote …` was taken; `group` when it chose. */
  dialled(decision: Decision, group: string | undefined): void;
}
