import { resolve as resolvePath } from "node:path";
import type { Node } from "yaml";
import type { Answer } from "../../answer.ts";
import { list, table, text } from "../shape.ts";
import type { AnswerSite } from "./site.ts";

const fileKey = { shape: text, required: true, about: "A PEM file, relative to the rulebook" } as const;

export const signShape = table({
  key: { shape: table({ file: fileKey }, { what: "A key" }), about: "With the private key of a file" },
  exec: {
    shape: list(text, { min: 1 }),
    about: "By a program: the event as JSON on standard input, the signature in base64 on standard output",
  },
});

export const certificateShape = table({ file: fileKey }, { what: "A certificate" });

export function readSign(value: Node, { context, directory }: AnswerSite): Answer | undefined {
  const spec = signShape.read(value, context);
  if (!spec) return undefined;
  if (spec.has("key") === spec.has("exec")) return context.error(spec.node, "sign takes one of key and exec");
  const exec = spec.get("exec");
  if (exec) return { kind: "sign", key: { exec } };
  const file = spec.get("key")?.get("file");
  return file === undefined ? undefined : { kind: "sign", key: { file: resolvePath(directory, file) } };
}

export function readCertificate(value: Node, { context, directory }: AnswerSite): Answer | undefined {
  const file = certificateShape.read(value, context)?.get("file");
  return file === undefined ? undefined : { kind: "certificate", file: resolvePath(directory, file) };
}
