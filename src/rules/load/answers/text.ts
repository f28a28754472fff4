import type { Node } from "yaml";
import { LONGEST_LINE, LONGEST_PARAMETER } from "../../../protocol/encoder.ts";
import type { Template } from "../../answer.ts";
import { readText } from "../template.ts";
import type { AnswerSite } from "./site.ts";

const utf8 = new TextEncoder();
// oxlint-disable-next-line no-control-regex -- these are just what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A text that becomes one parameter of a command. What only the run can tell is checked when it is sent. */
export function readParameter(node: Node, { context, scope }: AnswerSite): Template | undefined {
  return checked(node, LONGEST_PARAMETER, { context, scope });
}

/** A text that becomes one line of a block. */
export function readLine(node: unknown, { context, scope }: AnswerSite): Template | undefined {
  const line = checked(node, LONGEST_LINE, { context, scope });
  if (line?.constant && line.resolve({}) === "END")
    return context.error(node, "A line END would end the block");
  return line;
}

function checked(
  node: unknown,
  longest: number,
  { context, scope }: Pick<AnswerSite, "context" | "scope">,
): Template | undefined {
  const text = readText(node, context, scope);
  if (!text?.constant) return text;
  const value = String(text.sample);
  if (CONTROL.test(value)) return context.error(node, "One line without control characters was expected");
  if (utf8.encode(value).length > longest)
    return context.error(node, `A text of at most ${longest} bytes was expected`);
  return text;
}
