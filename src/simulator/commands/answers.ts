import type { Block, Replies } from "./dispatch.ts";
import type { Asked, External } from "./needs.ts";
import { integer } from "./numbers.ts";

export function username(daemon: Asked, [type = "", name = ""]: Replies): Replies {
  return [daemon.questions.answer("username", type, name)];
}

export function password(daemon: Asked, [type = "", secret]: Replies): Replies | Block {
  if (secret !== undefined) return [daemon.questions.answer("password", type, secret)];
  const from = daemon.version.multilinePasswordFrom ?? Number.POSITIVE_INFINITY;
  if (daemon.clientVersion < from) return ["ERROR: the 'password' command requires 2 parameters"];
  const decoded = (lines: Replies): string => Buffer.from(lines.join(""), "base64").toString("latin1");
  return { block: (lines) => [daemon.questions.answer("password", type, decoded(lines))] };
}

export function needok(daemon: Asked, [type = "", action = ""]: Replies): Replies {
  return [daemon.questions.answer("needok-confirmation", type, action)];
}

export function needstr(daemon: Asked, [type = "", text = ""]: Replies): Replies {
  return [daemon.questions.answer("needstr-string", type, text)];
}

export function forgetPasswords(daemon: Asked): Replies {
  daemon.forgetPasswords();
  return ["SUCCESS: Passwords were forgotten"];
}

/** For `pk-sig` and `rsa-sig`, which do the same. */
export function signature(name: string): (daemon: External) => Replies | Block {
  return (daemon) => daemon.signature() ?? notAvailable(name);
}

export function certificate(daemon: External): Replies | Block {
  return daemon.certificate() ?? notAvailable("certificate");
}

export function identityCount(daemon: External): Replies {
  const all = daemon.identities();
  return all ? [`>PKCS11ID-COUNT:${all.length}`] : [];
}

export function identity(daemon: External, [index]: Replies): Replies {
  const all = daemon.identities();
  if (!all) return [];
  const i = integer(index);
  const { id, blob } = all[i] ?? {};
  return [`>PKCS11ID-ENTRY:'${i}'${id === undefined ? "" : `, ID:'${id}', BLOB:'${blob}'`}`];
}

function notAvailable(name: string): Replies {
  return [`ERROR: The ${name} command is not currently available`];
}
