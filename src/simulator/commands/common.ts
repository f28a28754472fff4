import * as answers from "./answers.ts";
import type { Handlers, Replies } from "./dispatch.ts";
import { helpText } from "./help.ts";
import type { Common, Dismissing } from "./needs.ts";
import { integer } from "./numbers.ts";
import * as settings from "./settings.ts";

/** The commands that do the same in every daemon. */
export const common: Handlers<Common> = {
  "auth-retry": settings.authRetry,
  bytecount: (daemon, [interval]) => {
    daemon.bytecount(integer(interval));
    return ["SUCCESS: bytecount interval changed"];
  },
  certificate: answers.certificate,
  echo: (daemon, args) => daemon.echo.command("echo", args),
  "env-filter": settings.envFilter,
  exit: leave,
  "forget-passwords": answers.forgetPasswords,
  help: ({ version }) => helpText(version),
  hold: settings.hold,
  "load-stats": ({ load }) => [`SUCCESS: nclients=${load.clients},bytesin=${load.in},bytesout=${load.out}`],
  log: (daemon, args) => daemon.log.command("log", args),
  mute: settings.mute,
  needok: answers.needok,
  needstr: answers.needstr,
  net: () => ["ERROR: Sorry, this command is currently only implemented on Windows"],
  password: answers.password,
  pid: ({ pid }) => [`SUCCESS: pid=${pid}`],
  "pk-sig": answers.signature("pk-sig"),
  "pkcs11-id-count": answers.identityCount,
  "pkcs11-id-get": answers.identity,
  quit: leave,
  "rsa-sig": answers.signature("rsa-sig"),
  signal: settings.signal,
  state: (daemon, args) => daemon.state.command("state", args.length === 0 ? ["1"] : args),
  status: (daemon, [format]) => daemon.status(integer(format)),
  test: (_, [count]) =>
    Array.from(
      { length: Math.max(0, integer(count)) },
      (__, i) => `[${i}] The purpose of this command is to generate large amounts of output.`,
    ),
  username: answers.username,
  verb: settings.verb,
  version: settings.version,
};

function leave(daemon: Dismissing): Replies {
  daemon.slot.dismiss();
  return [];
}
