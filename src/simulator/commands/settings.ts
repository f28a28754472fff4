import type { Replies } from "./dispatch.ts";
import type { Holding, Settings, Signalled } from "./needs.ts";
import { integer } from "./numbers.ts";
import { SIGNALS } from "../signals.ts";

/** A level above this is refused. */
const LOUDEST = 15;

export function hold(daemon: Holding, [what]: Replies): Replies {
  if (what === undefined) return [`SUCCESS: hold=${daemon.flags.hold ? 1 : 0}`];
  if (what === "release") {
    daemon.release();
    return ["SUCCESS: hold release succeeded"];
  }
  if (what !== "on" && what !== "off") return ["ERROR: bad hold command parameter"];
  daemon.flags.hold = what === "on";
  return [`SUCCESS: hold flag set to ${what.toUpperCase()}`];
}

export function authRetry(daemon: Settings, [mode]: Replies): Replies {
  if (mode === undefined) return [`SUCCESS: auth-retry=${daemon.authRetry}`];
  if (!["none", "nointeract", "interact"].includes(mode))
    return [
      "--auth-retry method must be 'interact', 'nointeract', or 'none'",
      "ERROR: bad auth-retry parameter",
    ];
  daemon.authRetry = mode;
  return ["SUCCESS: auth-retry parameter changed"];
}

export function verb(daemon: Settings, [level]: Replies): Replies {
  if (level === undefined) return [`SUCCESS: verb=${daemon.verb}`];
  const wanted = integer(level);
  if (wanted < 0 || wanted > LOUDEST) return ["ERROR: verb level is out of range"];
  daemon.verb = wanted;
  return ["SUCCESS: verb level changed"];
}

export function mute(daemon: Settings, [level]: Replies): Replies {
  if (level === undefined) return [`SUCCESS: mute=${daemon.mute}`];
  if (integer(level) < 0) return ["ERROR: mute level is out of range"];
  daemon.mute = integer(level);
  return ["SUCCESS: mute level changed"];
}

/** Without a level it is set to 0. */
export function envFilter(daemon: Settings, [level]: Replies): Replies {
  daemon.envFilter = integer(level);
  return [`SUCCESS: env_filter_level=${daemon.envFilter}`];
}

export function version(daemon: Settings, [number]: Replies): Replies {
  const { takesClientVersion, acknowledgesFrom, title, management } = daemon.version;
  if (number === undefined || !takesClientVersion)
    return [`OpenVPN Version: ${title}`, `Management Version: ${management}`, "END"];
  daemon.clientVersion = integer(number);
  if (acknowledgesFrom === undefined || daemon.clientVersion < acknowledgesFrom) return [];
  return [`SUCCESS: Management client version set to ${daemon.clientVersion}`];
}

export function signal(daemon: Signalled, [name = ""]: Replies): Replies {
  const named = SIGNALS.find((one) => one === name);
  if (named === undefined) return [`ERROR: signal '${name}' is not a known signal type`];
  const meant = named === "SIGUSR1" ? daemon.usr1 : named;
  if ((meant === "SIGUSR1" || meant === "SIGHUP") && daemon.held) {
    const { question, version: daemonVersion } = daemon;
    const repeated = question === undefined ? [] : [question];
    const error = `ERROR: signal '${name}' is currently ignored`;
    return daemonVersion.answersIgnoredSignal || question === undefined ? [error, ...repeated] : repeated;
  }
  daemon.signal(meant);
  return [`SUCCESS: signal ${meant} thrown`];
}
