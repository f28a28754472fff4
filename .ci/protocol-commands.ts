// What docs/protocol.md says of each form of a command beyond the table of commands.
import type { Command } from "../src/protocol/command.ts";
import { command } from "../src/protocol/constructors.ts";

export interface CommandRow {
  /** An example of the form. */
  readonly form: Command;
  /** The functions that make it, as they are called. */
  readonly calls: readonly string[];
  /** What OpenVPN says behind SUCCESS, or in its lines; `N` stands for a number. */
  readonly says: string;
  /** The answers of rules that send it. */
  readonly answers?: readonly string[];
  /** The action of rules that sends it, when it has another name. */
  readonly action?: string;
  readonly notes?: string;
}

const row = (
  form: Command,
  calls: string | readonly string[],
  says: string,
  rest: Partial<CommandRow> = {},
): CommandRow => ({ form, calls: typeof calls === "string" ? [calls] : calls, says, ...rest });

const history = (name: "echo" | "log" | "state"): CommandRow =>
  row(
    command[name].on("all"),
    [`${name}.on(depth?)`, `${name}.off(depth?)`, `${name}.last(depth, then?)`],
    `each word is answered by itself: real-time ${name} notification set to ON|OFF; history, END`,
    name === "log"
      ? { action: "log", notes: "refused with verb 8 or more: OpenVPN would read nothing any more" }
      : {},
  );

const LINES = "its lines would run as commands while nothing asks for them: refused then";
const SIGN = "pk-sign command succeeded, or rsa-sign: by the client version";

export const COMMAND_ROWS: readonly CommandRow[] = [
  row(command.authRetry(), "authRetry(mode?)", "auth-retry=MODE; auth-retry parameter changed", {
    notes: "a bad mode is answered by two lines",
  }),
  row(command.bytecount(0), "bytecount(seconds)", "bytecount interval changed"),
  row(command.certificate([]), "certificate(lines)", "certificate command succeeded", {
    answers: ["certificate"],
    notes: LINES,
  }),
  row(command.clientAuth(0, 0, []), "clientAuth(cid, kid, lines)", "client-auth command succeeded", {
    answers: ["allow"],
    notes: "answered behind END only",
  }),
  row(command.clientAuthNt(0, 0), "clientAuthNt(cid, kid)", "client-auth command succeeded", {
    answers: ["allow"],
  }),
  row(
    command.clientDeny(0, 0, ""),
    "clientDeny(cid, kid, reason, clientReason?)",
    "client-deny command succeeded",
    { answers: ["deny"], notes: "says so without --management-client-auth too, and does nothing there" },
  ),
  row(command.clientKill(0), "clientKill(cid)", "client-kill command succeeded", {
    notes: "the client lives on for some seconds",
  }),
  row(command.clientKill(0, { halt: "" }), "clientKill(cid, message)", "client-kill command succeeded"),
  row(
    command.clientPendingAuth(0, ""),
    "clientPendingAuth(cid, extra)",
    "client-pending-auth command succeeded",
    {
      answers: ["pending"],
      notes: "a failure begins with SUCCESS",
    },
  ),
  row(
    command.clientPendingAuth(0, "", 0),
    "clientPendingAuth(cid, extra, seconds)",
    "client-pending-auth command succeeded",
    { answers: ["pending"] },
  ),
  row(
    command.clientPendingAuth(0, 0, "", 0),
    "clientPendingAuth(cid, kid, extra, seconds)",
    "client-pending-auth command succeeded",
    { answers: ["pending"] },
  ),
  row(command.clientPf(0, []), "clientPf(cid, lines)", "client-pf command succeeded", {
    notes: "where it is unknown its lines would run as commands: refused there",
  }),
  row(command.crResponse(""), "crResponse(response)", "command succeeded", {
    notes: "not supported on a server, where OpenVPN misspells it cr-repsonse",
  }),
  history("echo"),
  row(command.envFilter(0), "envFilter(level)", "env_filter_level=N", { notes: "without a level: 0" }),
  row(command.exit(), "exit()", "", { notes: "refused where OpenVPN has dialled us: it would end" }),
  row(command.quit(), "quit()", "", { notes: "as exit" }),
  row(command.forgetPasswords(), "forgetPasswords()", "Passwords were forgotten", {
    notes: "refused while NEED-OK is open: OpenVPN would hang for ever",
  }),
  row(command.help(), "help()", "Management Interface for OpenVPN …"),
  row(
    command.hold.flag(),
    ["hold.flag()", "hold.on()", "hold.off()", "hold.release()"],
    "hold=0|1; hold flag set to ON|OFF; hold release succeeded",
    { answers: ["release"] },
  ),
  row(command.httpProxyFallback("h", 1), "httpProxyFallback(host, port, flags?)", ""),
  row(command.httpProxyFallbackDisable(), "httpProxyFallbackDisable()", ""),
  row(
    command.kill.transport("udp", "10.0.0.1", 1),
    "kill.transport(proto, ip, port)",
    "N client(s) at address … killed",
  ),
  row(command.kill.address("10.0.0.1", 1), "kill.address(ip, port)", "N client(s) at address … killed", {
    notes: "2.7 would take it for a name",
  }),
  row(command.kill.commonName("a"), "kill.commonName(name)", "common name '…' found, N client(s) killed", {
    notes: "all with this name; none with a colon in it",
  }),
  row(command.loadStats(), "loadStats()", "nclients=N,bytesin=N,bytesout=N"),
  history("log"),
  row(command.mute(), "mute(lines?)", "mute=N; mute level changed"),
  row(command.nclients(), "nclients()", "nclients=N", { notes: "not in help" }),
  row(
    command.needok("", "ok"),
    "needok(type, answer)",
    "'TYPE' needok-confirmation entered, but not yet verified",
    {
      answers: ["ok", "cancel"],
    },
  ),
  row(command.needstr("", ""), "needstr(type, text)", "'TYPE' needstr-string entered, but not yet verified", {
    answers: ["string"],
  }),
  row(command.net(), "net()", "", { notes: "Windows" }),
  row(command.networkChange(), "networkChange(same?)", "PROTECTFD: fd 'N' sent to be protected", {
    notes: "Android builds; the line stands alone",
  }),
  row(command.password("", ""), "password(type, password)", "'TYPE' password entered, but not yet verified", {
    answers: ["credentials"],
  }),
  row(
    command.passwordMultiline("", ""),
    "passwordMultiline(type, password)",
    "'TYPE' password entered, but not yet verified",
    { answers: ["credentials"], notes: `behind version 5; ${LINES}` },
  ),
  row(command.pid(), "pid()", "pid=N"),
  row(command.pkSig([]), "pkSig(lines)", SIGN, { answers: ["sign"], notes: LINES }),
  row(command.rsaSig([]), "rsaSig(lines)", SIGN, { answers: ["sign"], notes: LINES }),
  row(command.pkcs11.count(), "pkcs11.count()", ">PKCS11ID-COUNT:N", {
    notes: "refused in the first hold: OpenVPN would abort",
  }),
  row(command.pkcs11.get(0), "pkcs11.get(index)", ">PKCS11ID-ENTRY:'N', ID:'…', BLOB:'…'", {
    notes: "as pkcs11-id-count",
  }),
  row(command.proxy.none(), "proxy.none()", "proxy command succeeded", { answers: ["none"] }),
  row(command.proxy.http("h", 1), "proxy.http(host, port, flag?)", "proxy command succeeded", {
    answers: ["http"],
    notes: "behind an ERROR OpenVPN goes on without a proxy",
  }),
  row(command.proxy.socks("h", 1), "proxy.socks(host, port)", "proxy command succeeded", {
    answers: ["socks"],
  }),
  row(command.pushUpdate.broadcast(""), "pushUpdate.broadcast(options)", "push-update command succeeded", {
    action: "push-update",
    notes: "lines about clients come first",
  }),
  row(command.pushUpdate.client(0, ""), "pushUpdate.client(cid, options)", "push-update command succeeded", {
    action: "push-update",
    notes: "lines about clients come first",
  }),
  row(command.remote.accept(), "remote.accept()", "remote command succeeded", {
    answers: ["accept", "from"],
  }),
  row(command.remote.skip(), "remote.skip()", "remote command succeeded", { answers: ["skip", "from"] }),
  row(command.remote.skip(2), "remote.skip(entries)", "remote command succeeded", {
    answers: ["skip", "from"],
  }),
  row(command.remote.mod("h", 1), "remote.mod(host, port)", "remote command succeeded", {
    answers: ["mod", "from"],
  }),
  row(command.remoteEntry.count(), "remoteEntry.count()", "N"),
  row(command.remoteEntry.all(), "remoteEntry.all()", "N,host,port,proto,enabled|disabled"),
  row(command.remoteEntry.get(0), "remoteEntry.get(from, to?)", "N,host,port,proto,enabled|disabled"),
  row(command.signal("SIGUSR1"), "signal(name)", "signal NAME thrown", {
    notes:
      "refused while PASSWORD, NEED-OK, NEED-STR or NEED-CERTIFICATE is open, and SIGUSR2 in every hold, while REMOTE or PROXY is open and before a connection: OpenVPN would end. Before 2.5.8 an ignored one is answered by the question alone",
  }),
  row(command.state.current(), "state.current()", "the last state"),
  history("state"),
  row(command.status(), "status(format?)", "section 5 of the notes; `parseStatus` reads it", {
    notes: "a bad format is an ERROR without END; only format 3 cannot be forged by names",
  }),
  row(command.test(1), "test(lines)", "[N] The purpose of this command is …", { notes: "no END" }),
  row(command.username("", ""), "username(type, name)", "'TYPE' username entered, but not yet verified", {
    answers: ["credentials"],
  }),
  row(command.verb(), "verb(level?)", "verb=N; verb level changed", {
    notes: "8 and more refused while the log is on",
  }),
  row(command.version(), "version()", "OpenVPN Version: …; Management Version: N"),
  row(command.clientVersion(3), "clientVersion(version)", "Management client version set to N", {
    notes: "said from 2.7.1 on for 4 and more; before 2.5 the lines of version",
  }),
];
