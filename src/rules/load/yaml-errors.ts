import { isAlias, type Node, type YAMLError } from "yaml";

/** The parser's message without its own position and excerpt. */
export function firstLine({ message }: YAMLError): string {
  return (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}

/** Told of a line that stands further left or right than what it belongs to. */
export function isIndentation(message: string): boolean {
  return message.startsWith("Sequence item without") || message.startsWith("All ");
}

export function isClosed(flow: Node, text: string): boolean {
  const [start, end] = flow.range ?? [0, 0];
  return text.charAt(end - 1) === (text.charAt(start) === "{" ? "}" : "]");
}

export function contains(node: unknown, offset: number): boolean {
  const range = (node as Node | null)?.range;
  return (
    !isAlias(node) &&
    range !== null &&
    range !== undefined &&
    range[0] <= offset &&
    offset <= range[1] &&
    range[0] < range[1]
  );
}
