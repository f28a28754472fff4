import { command } from "../../protocol/constructors.ts";
import type { Answer } from "../../rules/answer.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext } from "./context.ts";

type LoginAnswer = Extract<Answer, { kind: "credentials" | "login" | "refuse" }>;

/** What is answered to `>PASSWORD:Need`: the user name first, then the password. */
export function loginMove(question: Question, answer: LoginAnswer, context: MoveContext): Move {
  const realm = String(question.event.fields["realm"]);
  switch (answer.kind) {
    case "refuse":
      return { kind: "park", why: "refused by a rule", loud: true };
    case "credentials": {
      const spent = context.spent(realm, answer.budget);
      if (spent !== undefined) return { kind: "park", why: spent, loud: true };
      return { kind: "later", ask: () => context.login(question, answer) };
    }
    case "login": {
      const { username, password } = answer;
      const name = username && command.username(realm, username);
      const word = password && command.password(realm, password);
      const last = word ?? name;
      if (!last)
        throw new Error(`No answer for ${question.query}: neither a user name nor a password is given`);
      const done = (): void => context.loggedIn(realm);
      return { kind: "send", command: last, done, ...(word && name ? { before: [name] } : {}) };
    }
  }
}
