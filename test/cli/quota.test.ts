import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { callEngine } from "../../src/cli/client.ts";
import type { AccountView } from "../../src/quota/desk.ts";
import { ledgerPath, openLedger } from "../../src/quota/ledger-file.ts";
import type { QuotaTerms } from "../../src/quota/quota.ts";
import { lockStateDirectory } from "../../src/store/lock.ts";
import { Folder, Openvpn, Run, signalbox } from "./support.ts";

const RULEBOOK = `version: 1
quotas:
  monthly: { subject: client.common_name, limit: 1GB, per: month, tz: UTC, warn-at: [80%] }
  ever: { subject: client.common_name, limit: 1TB, per: lifetime }
rules:
  - { id: toll, on: my.toll, do: [{ charge: { quota: monthly, subject: "\${event.who}", bytes: 900MB } }] }
  - { id: warn, on: quota.warned, do: [{ notify: "\${event.subject} \${event.level}" }] }
  - { id: back, on: quota.reset, do: [{ notify: "\${event.subject} begins anew" }] }
`;

/** Whoever runs the tests. */
const me = expect.stringMatching(/^\S/) as string;

const refused = (message: string): object => ({ code: 1, out: "", err: `signalbox: ${message}\n` });

const json = (out: string): AccountView[] => JSON.parse(out) as AccountView[];

/** Of the month that it is. */
const now = new Date();
const RESETS_AT = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);

test("a running engine lists and shows accounts, grants and forgives, and notes who did it", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const state = ["--state", folder.state];
  using engine = new Run([
    "run",
    folder.write("q.yaml", RULEBOOK),
    "--management",
    openvpn.address,
    ...state,
  ]);
  await engine.says("STATE CONNECTED");
  for (const who of ["ann", "bob smith"])
    await callEngine(folder.state, { verb: "emit", event: "my.toll", with: { who } });
  await engine.says("notify: ann 80%");

  const [list, all, show, wrong, nobody, unclear, size, none] = await Promise.all([
    signalbox("quota", "list", ...state),
    signalbox("quota", "list", "--json", ...state),
    signalbox("quota", "show", "monthly", "bob smith", "--json", ...state),
    signalbox("quota", "list", "monthy", ...state),
    signalbox("quota", "show", "eve", ...state),
    signalbox("quota", "grant", "ann", "1GB", ...state),
    signalbox("quota", "grant", "monthly", "ann", "lots", ...state),
    signalbox("quota", "reset", "monthly", "eve", ...state),
  ]);
  expect(list).toMatchObject({ code: 0, err: "" });
  expect(list.out).toMatch(/^ *monthly +ann .* 90% +900MB of 1GB +resets in .*UTC$/m);
  expect(json(all.out)).toEqual(
    ["ann", "bob smith"].map((subject) => ({
      ...{ subject, quota: "monthly", used: 900_000_000, limit: 1_000_000_000, remaining: 100_000_000 },
      ...{ fraction: 0.9, granted: 0, exceeded: false, exempt: false, unknown: false, sessions: 0 },
      resets_at: RESETS_AT,
    })),
  );
  expect(json(show.out)).toMatchObject([
    { subject: "bob smith", corrections: [{ what: "charge", by: "rule toll", bytes: 900_000_000 }] },
  ]);
  expect(wrong).toEqual(refused("Unknown quota 'monthy'; did you mean 'monthly'?"));
  expect(nobody).toEqual(refused("No account 'eve'"));
  expect(unclear).toEqual(refused("Which quota: monthly, ever"));
  expect(size).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("'lots' is not a size such as 10GiB"),
  });
  expect(none).toEqual(refused("Quota 'monthly' has no account 'eve'"));

  const granted = await signalbox("quota", "grant", "monthly", "ann", "2GB", "--json", ...state);
  expect(granted).toMatchObject({ code: 0, err: "" });
  expect(json(granted.out)).toMatchObject([{ subject: "ann", limit: 3e9, granted: 2e9, used: 9e8 }]);
  const taken = await signalbox("quota", "grant", "--json", ...state, "--", "monthly", "ann", "-500MB");
  expect(json(taken.out)).toMatchObject([{ limit: 2.5e9, granted: 1.5e9 }]);
  const forgiven = await signalbox("quota", "reset", "ann", "--quota", "monthly", "--json", ...state);
  expect(json(forgiven.out)).toMatchObject([{ used: 0, limit: 2.5e9 }]);
  expect(await engine.end()).toMatchObject({ code: 0, err: "" });

  // The engine has gone; its accounts are still there, and what was corrected.
  const after = json((await signalbox("quota", "list", "--json", ...state)).out);
  expect(after.map(({ subject, used, resets_at }) => ({ subject, used, resets_at }))).toEqual([
    { subject: "bob smith", used: 900_000_000, resets_at: RESETS_AT },
    { subject: "ann", used: 0, resets_at: RESETS_AT },
  ]);
  const [shown] = json((await signalbox("quota", "show", "ann", "--json", ...state)).out);
  expect(shown?.corrections).toMatchObject([
    { what: "reset", by: me, bytes: 900_000_000 },
    { what: "grant", by: me, bytes: -500_000_000 },
    { what: "grant", by: me, bytes: 2_000_000_000 },
    { what: "charge", by: "rule toll", bytes: 900_000_000 },
  ]);
}, 30_000);

const TERMS: QuotaTerms = {
  ...{ name: "monthly", per: { month: 1 }, tz: "UTC", counts: "both", scope: "all", fixedLimit: 1_000_000 },
  levels: [{ text: "80%", fraction: 0.8 }],
};

/** A state directory as an engine leaves it: ann has used 900 000 bytes, 100 000 of them in a session that it saw last. */
function left(folder: Folder, quotas: readonly QuotaTerms[] = [TERMS]): string[] {
  mkdirSync(folder.state, { mode: 0o700 });
  const ledger = openLedger(folder.state);
  const period = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  ledger.write({
    quotas,
    accounts: quotas.map(({ name, scope }) => ({
      ...{ quota: name, daemon: scope === "all" ? "" : "office", subject: "ann", period, closed: 800_000 },
      ...{ slices: [], granted: 0, limit: 1_000_000, exempt: false, told: [["80%", period, true]] },
    })),
    meters: [
      {
        ...{ daemon: "office", epoch: 1, cid: 4, name: "ann", since: period / 1000 },
        ...{ bytesIn: 60_000, bytesOut: 40_000 },
        shares: quotas.map(({ name }) => ({ quota: name, subject: "ann", period, mark: 0 })),
      },
    ],
  });
  ledger.close();
  return ["--state", folder.state];
}

test("without an engine the ledger is read and corrected, and the next reader finds that", async () => {
  using folder = new Folder();
  const state = left(folder);
  const [first] = json((await signalbox("quota", "list", "--json", ...state)).out);
  expect(first).toMatchObject({
    subject: "ann",
    quota: "monthly",
    used: 900_000,
    limit: 1_000_000,
    resets_at: RESETS_AT,
  });
  expect(json((await signalbox("quota", "grant", "ann", "1MB", "--json", ...state)).out)).toMatchObject([
    { limit: 2_000_000, granted: 1_000_000, used: 900_000 },
  ]);
  const reset = await signalbox("quota", "reset", "ann", ...state);
  expect(reset).toMatchObject({ code: 0, err: "" });
  const text = await signalbox("quota", "show", "ann", ...state);
  expect(text.out).toMatch(/\ncorrections\n.*reset +monthly +900kB +by \S.*\n/);
  const [shown] = json((await signalbox("quota", "show", "ann", "--json", ...state)).out);
  expect(shown).toMatchObject({ used: 0, limit: 2_000_000 });
  expect(shown?.corrections).toMatchObject([
    { what: "reset", by: me, bytes: 900_000 },
    { what: "grant", by: me, bytes: 1_000_000 },
  ]);
  expect(readdirSync(folder.state).filter((name) => name.endsWith("-wal"))).toEqual([]);
}, 30_000);

test("without an engine: what is not there, what is held by somebody else, and what cannot be read", async () => {
  using empty = new Folder();
  using held = new Folder();
  using broken = new Folder();
  using each = new Folder();
  left(held);
  const lock = lockStateDirectory(held.state);
  left(broken);
  writeFileSync(ledgerPath(broken.state), "no database ".repeat(1_000));
  left(each, [{ ...TERMS, scope: "daemon" }]);
  const of = (folder: Folder): string[] => ["--state", folder.state];
  const [none, busy, damaged, which] = await Promise.all([
    signalbox("quota", "list", ...of(empty)),
    signalbox("quota", "list", ...of(held)),
    signalbox("quota", "grant", "ann", "1GB", ...of(broken)),
    signalbox("quota", "grant", "ann", "1MB", ...of(each)),
  ]);
  const one = await signalbox("quota", "show", "ann", "--json", ...of(each));
  const [elsewhere, nobody] = await Promise.all([
    signalbox("quota", "grant", "ann", "1MB", "--daemon", "offices", ...of(each)),
    signalbox("quota", "reset", "", ...of(held)),
  ]);
  lock.release();
  expect(none).toEqual(refused(`No accounts are kept in the state directory ${empty.state}`));
  expect(busy).toMatchObject({
    out: "",
    err: expect.stringMatching(/No engine runs on the state directory .*\n$/),
  });
  expect(damaged).toEqual(
    refused(`Cannot open the ledger ${ledgerPath(broken.state)}: file is not a database`),
  );
  expect(elsewhere).toEqual(refused("Unknown daemon 'offices'; did you mean 'office'?"));
  expect(nobody).toMatchObject({ code: 2, err: expect.stringMatching(/name of an account was expected/) });
  expect(which).toEqual(refused("Quota 'monthly' has accounts of each daemon; say which"));
  expect(json(one.out)).toMatchObject([{ subject: "ann", daemon: "office", used: 900_000 }]);
  const granted = await signalbox(
    "quota",
    "grant",
    "ann",
    "1MB",
    "--daemon",
    "office",
    "--json",
    ...of(each),
  );
  expect(json(granted.out)).toMatchObject([{ subject: "ann", daemon: "office", granted: 1_000_000 }]);
}, 30_000);

test.each([
  [["quota"], "quota takes list, show, grant or reset, not ''"],
  [["quota", "lst"], "quota takes list, show, grant or reset, not 'lst'"],
  [["quota", "show"], "'quota show' is not as quota --help shows it"],
  [["quota", "grant", "ann"], "'quota grant ann' is not as quota --help shows it"],
  [["quota", "grant", "ann", "10"], "'10' is not a size such as 10GiB"],
  [["quota", "reset", "a", "b", "c"], "'quota reset a b c' is not as quota --help shows it"],
  [["quota", "reset", "a", "b", "--quota", "c"], "'quota reset a b' is not as quota --help shows it"],
  [["quota", "list", "--jsn"], "--jsn"],
])("%j is not understood", async (argv, message) => {
  const { code, out, err } = await signalbox(...argv);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(message);
  expect(err).not.toContain("    at ");
});
