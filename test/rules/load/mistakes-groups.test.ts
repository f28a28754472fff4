import { expect, test } from "vitest";
import { marked, mistakesOf } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const GROUPS: readonly Case[] = [
  ["remotes: { a: { candidates: «[] } }", "A list of candidates or from-daemon was expected"],
  [
    "remotes: { a: { candidates: «from-deamon } }",
    "'from-deamon' is neither a list of candidates nor from-daemon; did you mean 'from-daemon'?",
  ],
  ["remotes: { a: «{} }", "A group needs candidates"],
  ["remotes: { a: { candidates: [«x] } }", "A map with host, port, proto, tier, weight, labels was expected"],
  [
    "remotes: { a: { candidates: [«{ host: x, «prt: 1, proto: udp }] } }",
    "A candidate needs port",
    "unknown key 'prt'; did you mean 'port'?",
  ],
  [
    'remotes: { a: { candidates: [{ host: «"x y", port: «0, proto: «upd, tier: «0, weight: «x, labels: { «A: b } }] } }',
    "'x y' is not a host",
    "'0' is not a whole number from 1 to 65535",
    "'upd' is not udp, tcp; did you mean 'udp'?",
    "'0' is not a whole number from 1 to 1000",
    "'x' is not a whole number from 1 to 1000000",
    "'A' is not a name of a label",
  ],
  [
    "remotes: { a: { candidates: [{ host: x, port: 1194, proto: udp, when: '«net.domian == \"x\"' }] } }",
    "'net' is not supported by this version",
  ],
  [
    "remotes: { a: { candidates: [{ host: x, port: 1194, proto: udp, when: 'candidate.«tire == 1' }] } }",
    "unknown field 'tire' of candidate; did you mean 'tier'?",
  ],
  [
    "remotes: { a: { candidates: [{ host: x, port: 1194, proto: udp }, «{ host: x, port: 1194, proto: udp }] } }",
    "candidate x:1194/udp stands in the list twice",
  ],
  [
    "remotes: { a: { candidates: from-daemon, order: «lisetd } }",
    "unknown order 'lisetd'; did you mean 'listed'?",
  ],
  ["remotes: { a: { candidates: from-daemon, order: «acme.x } }", "unknown order 'acme.x'"],
  [
    "remotes: { a: { candidates: from-daemon, sticky-scope: «x, fail-after: «0, fail-on: [«tsl], stable-after: «5, on-exhausted: «least-bda, tiers: «entry } }",
    "'x' is not tier, group",
    "'0' is not a whole number from 1 to 1000",
    "'tsl' is not connect, tls, timeout, ping, auth; did you mean 'tls'?",
    "'5' is not a duration such as 30s",
    "'least-bda' is not least-bad, wait; did you mean 'least-bad'?",
    "'entry' is not entries",
  ],
  [
    "remotes: { a: { candidates: from-daemon, penalty: { «bse: 1m } } }",
    "unknown key 'bse'; did you mean 'base'?",
  ],
  [
    "remotes: { a: { candidates: from-daemon, penalty: { base: «1, factor: «0.5, max: «x } } }",
    "'1' is not a duration above zero such as 30s",
    "'0.5' is not a number from 1 to 100",
    "'x' is not a duration above zero such as 30s",
  ],
  [
    "remotes: { a: { candidates: from-daemon, penalty: { base: 1h, max: «1m } } }",
    "The longest penalty is shorter than the first",
  ],
  [
    "remotes: { a: { candidates: from-daemon, probe: { «tpc: { port: 443 } } } }",
    "unknown key 'tpc'; did you mean 'tcp'?",
  ],
  [
    "remotes: { a: { candidates: from-daemon, probe: { tcp: { port: 443, «prot: 1 }, every: «5, timeout: «x } } }",
    "unknown key 'prot'; did you mean 'port'?",
    "'5' is not a duration of at least 100ms",
    "'x' is not a duration of at least 10ms",
  ],
  [
    "remotes: { a: { candidates: from-daemon, probe: «{ every: 5s } } }",
    "A probe needs tcp, openvpn, exec or a plugin's probe",
  ],
  ["remotes: { a: { candidates: from-daemon, probe: { tcp: {}, «openvpn: true } } }", "A probe has one kind"],
  ["remotes: { a: { candidates: from-daemon, probe: { openvpn: «false } } }", "openvpn takes true"],
  ["remotes: { a: { candidates: from-daemon, probe: { exec: «x } } }", "A list was expected"],
  [
    "remotes: { a: { candidates: from-daemon, probe: «tcp } }",
    "A probe was expected, such as { tcp: { port: 443 } }",
  ],
  [
    "remotes: { a: { candidates: from-daemon, failback: { «aftr: 1m, times: «0, during: «nigth, when: 'daemon.«rat < 50kB' } } }",
    "unknown key 'aftr'; did you mean 'after'?",
    "'0' is not a whole number from 1 to 1000",
    "unknown window 'nigth'",
    "unknown field 'rat' of daemon; did you mean 'rate'?",
  ],
  [
    "remotes: { a: { candidates: from-daemon, prefer: 'candidate.«lables.region == \"eu\"' } }",
    "unknown field 'lables' of candidate; did you mean 'labels'?",
  ],
  [
    "remotes: { a: { candidates: from-daemon, order: «lisetd, probe: { «tpc: 1 }, prefer: '«x', «colour: red }, «A: { candidates: from-daemon } }",
    "unknown order 'lisetd'; did you mean 'listed'?",
    "unknown key 'tpc'; did you mean 'tcp'?",
    "unknown name 'x'",
    "unknown key 'colour'",
    "'A' is no name of a group; a-z, 0-9, - and _ were expected",
  ],
  [
    "remotes: { a: «from-daemon }",
    "A map with candidates, tiers, order, sticky-scope, fail-after, fail-on was expected",
  ],
];

test.each(GROUPS)("a mistake in a group is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});
