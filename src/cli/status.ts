import { styleText } from "node:util";
import type { AccountView } from "../quota/desk.ts";
import { formatDuration } from "../util/duration.ts";
import { formatSize } from "../util/size.ts";
import { defaultStateDirectory, parseFlags } from "./args.ts";
import { request } from "./client.ts";
import { accountRows, columns } from "./table.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox status [--json] [--state DIR]

Shows what the running engine sees: daemons, open questions, the candidates' health, accounts, variables, counters.

  --json        as JSON
  --state DIR   the engine's state directory

Example: signalbox status`;

export const verb: Verb = { name: "status", summary: "show what the running engine sees", usage: USAGE, run };

interface Status {
  readonly at: number;
  readonly daemons: readonly {
    readonly name: string;
    readonly address: string;
    readonly state: string;
    readonly since: number;
    readonly version: string;
    readonly trouble?: string;
    readonly remote?: { readonly host: string; readonly port: number; readonly proto: string };
    readonly question?: {
      readonly query: string;
      readonly phase: string;
      readonly answer: string;
      readonly for: string;
      readonly why: string;
    };
    readonly clients?: readonly {
      readonly cid: number;
      readonly common_name: string;
      readonly username: string;
      readonly address: string;
      readonly virtual_address: string;
      readonly bytes_in: number;
      readonly bytes_out: number;
      readonly connected_since: number;
      readonly ending?: boolean;
    }[];
    readonly asking?: readonly {
      readonly cid: number;
      readonly common_name: string;
      readonly query: string;
      readonly phase: string;
      readonly since: number;
    }[];
  }[];
  readonly groups: readonly {
    readonly name: string;
    readonly candidates: readonly {
      readonly host: string;
      readonly port: number;
      readonly proto: string;
      readonly tier: number;
      readonly failures: number;
      readonly current: boolean;
      readonly penalizedUntil?: number;
      readonly latency?: number;
    }[];
  }[];
  readonly quotas: readonly AccountView[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly counters: readonly { readonly name: string; readonly key: string; readonly count: number }[];
}

async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseFlags({
    args: [...argv],
    options: { json: { type: "boolean" }, state: { type: "string" } },
  });
  const colour = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  return request(values.state ?? defaultStateDirectory(), { verb: "status" }, (result) =>
    values.json ? JSON.stringify(result, undefined, 2) : render(result as Status, colour),
  );
}

function render(status: Status, colour: boolean): string {
  const bold = (text: string): string => (colour ? styleText("bold", text, { validateStream: false }) : text);
  const ago = (time: number): string =>
    formatDuration(Math.max(0, Math.round((status.at - time) / 1000) * 1000));
  const blocks = [
    [
      bold("daemons"),
      ...columns(
        status.daemons.map((daemon) => [
          daemon.name,
          daemon.state || "-",
          `for ${ago(daemon.since)}`,
          daemon.remote ? `${daemon.remote.host}:${daemon.remote.port}/${daemon.remote.proto}` : "-",
          daemon.version ? `OpenVPN ${daemon.version}` : "-",
          daemon.trouble ?? daemon.address,
        ]),
      ),
    ],
    ...status.daemons.flatMap(({ name, question }) =>
      question
        ? [
            [
              `  ${name}: ${question.query} ${question.phase} for ${question.for}: ${question.answer}${question.why ? ` (${question.why})` : ""}`,
            ],
          ]
        : [],
    ),
    ...status.daemons.map(({ name, clients = [], asking = [] }) =>
      section(bold(`clients of ${name}`), [
        ...clients.map((client) => [
          String(client.cid),
          client.common_name,
          client.username === client.common_name ? "" : client.username,
          client.address,
          client.virtual_address,
          `in ${formatSize(client.bytes_in)}`,
          `out ${formatSize(client.bytes_out)}`,
          `for ${ago(client.connected_since)}${client.ending ? ", on its way out" : ""}`,
        ]),
        ...asking.map(({ cid, common_name, query, phase, since }) => [
          String(cid),
          common_name,
          `${query} ${phase} for ${ago(since)}`,
        ]),
      ]),
    ),
    ...status.groups.map((group) => [
      bold(`remotes ${group.name}`),
      ...columns(
        group.candidates.map((candidate) => [
          `${candidate.current ? "*" : " "} ${candidate.host}:${candidate.port}/${candidate.proto}`,
          `tier ${candidate.tier}`,
          candidate.latency === undefined ? "" : `${Math.round(candidate.latency)} ms`,
          candidate.failures > 0 ? `${candidate.failures} failed` : "well",
          candidate.penalizedUntil === undefined
            ? ""
            : `left out for ${formatDuration(Math.ceil((candidate.penalizedUntil - status.at) / 1000) * 1000)}`,
        ]),
      ),
    ]),
    section(bold("accounts"), accountRows(status.quotas, status.at)),
    section(
      bold("variables"),
      Object.entries(status.variables).map(([name, value]) => [name, JSON.stringify(value)]),
    ),
    section(
      bold("counters"),
      status.counters.map(({ name, key, count }) => [name, key, String(count)]),
    ),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n");
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [title, ...columns(rows)];
}
