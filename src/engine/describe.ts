import type { Answer } from "../rules/answer.ts";

/** An answer in a few words, for the journal and `status`. */
export function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case "release":
      if (answer.after) return `release after ${answer.after.source}`;
      if (answer.backoff) return "release with backoff";
      return answer.atEndOf === undefined ? "release" : `release at the end of ${answer.atEndOf}`;
    case "skip":
      return answer.count === 1 ? "skip" : `skip ${answer.count}`;
    case "from":
      return `from ${answer.group}`;
    case "proxies":
      return `from ${answer.group}`;
    case "park":
      return "left open";
    case "sign":
      return "file" in answer.key ? `sign with ${answer.key.file}` : `sign by ${answer.key.exec[0] ?? ""}`;
    case "certificate":
      return `certificate ${answer.file}`;
    case "exec":
      return `exec ${answer.argv[0] ?? ""}`;
    case "plugin":
      return `${answer.plugin}.${answer.answer}`;
    default:
      return answer.kind;
  }
}
