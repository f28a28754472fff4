import type { Setup } from "../replay.ts";
import { at, type Case } from "./case.ts";

const local = at(21945);
const tcp = at(21946, "tcp-client");

const held: Setup = { remotes: [local], queryRemote: false };

export const HOLDS_AND_REMOTES: readonly Case[] = [
  {
    name: "simple commands in the first hold and when connected",
    file: "01-client-greeting-hold-commands.jsonl",
    setup: { remotes: [at(21940)], queryRemote: false },
  },
  ...["SIGUSR1", "SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT", "usr1", "TERM"].map((name) => ({
    name: `signal ${name} in the first hold`,
    file: "03-signals-in-hold.jsonl",
    who: [name],
    setup: held,
  })),
  {
    name: "the password of the interface",
    file: "04-password-prompt.jsonl",
    setup: { ...held, password: "let me in" },
  },
  { name: "a second controller", file: "05-second-controller.jsonl", setup: held },
  { name: "words, lines and their limits", file: "06-line-parsing-limits.jsonl", setup: held },
  {
    name: "holds, restarts and a change of controllers",
    file: "11-restart-persistence-bytecount.jsonl",
    setup: { remotes: [at(21944)], queryRemote: false },
  },
  {
    name: "questions for a remote",
    file: "12-query-remote.jsonl",
    setup: {
      remotes: [
        local,
        tcp,
        { host: "fd77:1::1", port: 21945, proto: "udp6" },
        { host: "vpn.example.invalid", port: 1194, proto: "udp", condition: "unknown" },
        { host: "10.77.1.1", port: 21945, proto: "udp4" },
      ],
    },
  },
  {
    name: "two remotes that are skipped for ever",
    file: "13-query-remote-skip-all.jsonl",
    who: [""],
    setup: { remotes: [local, tcp], hold: false },
  },
  {
    name: "one remote that is skipped for ever",
    file: "13-query-remote-skip-all.jsonl",
    who: ["one"],
    setup: { remotes: [local], hold: false },
  },
  {
    name: "more entries skipped than there are",
    file: "13-query-remote-skip-all.jsonl",
    who: ["skip5"],
    setup: { remotes: [local, tcp], hold: false },
  },
  {
    name: "entries that --proto-force disables",
    file: "44-disabled-remotes.jsonl",
    who: ["pf"],
    setup: {
      remotes: [
        { host: "10.77.1.1", port: 1194, proto: "udp", disabled: true },
        { host: "10.77.1.1", port: 443, proto: "tcp-client" },
      ],
      hold: false,
    },
  },
  {
    name: "entries without a protocol",
    file: "44-disabled-remotes.jsonl",
    who: ["noproto"],
    setup: {
      remotes: [
        { host: "10.77.1.1", port: 1194, proto: "udp4" },
        { host: "10.77.1.1", port: 443, proto: "tcp4-client" },
      ],
      hold: false,
    },
  },
];
