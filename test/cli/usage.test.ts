import { beforeAll, expect, test } from "vitest";
import { UsageError } from "../../src/cli/args.ts";
import type { Verb } from "../../src/cli/verb.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { Folder, signalbox } from "./support.ts";

const verbs = new Map<string, Verb>();

beforeAll(async () => {
  for (const [name, load] of Object.entries(VERBS)) verbs.set(name, (await load()).verb);
});

async function usage(name: string, ...argv: string[]): Promise<string> {
  const error: unknown = await verbs
    .get(name)
    ?.run(argv)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) throw new Error(`${name} ${argv.join(" ")} went well`);
  const { code } = error as { code?: string };
  expect(error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS")).toBe(true);
  return error.message;
}

test("A flag that a verb does not have is named, with the one that was meant", async () => {
  for (const verb of verbs.keys())
    if (verb !== "demo") expect(await usage(verb, "--frobnicate")).toBe("Unknown flag '--frobnicate'");
  expect(await usage("run", "--mangement", "unix:x")).toBe(
    "Unknown flag '--mangement'; did you mean '--management'?",
  );
  expect(await usage("status", "--jsn")).toBe("Unknown flag '--jsn'; did you mean '--json'?");
  expect(await usage("check", "-x")).toBe("Unknown flag '-x'");
});

test("What a verb needs and does not get is said", async () => {
  expect(await usage("check")).toBe("check needs at least one rulebook");
  expect(await usage("test")).toBe("test needs at least one rulebook");
  expect(await usage("emit")).toBe("emit needs an event");
  expect(await usage("emit", "my.event", "level")).toBe("'level' is not NAME=VALUE");
  expect(await usage("set")).toBe("set needs NAME=VALUE");
  expect(await usage("set", "=5")).toBe("'=5' is not NAME=VALUE");
  expect(await usage("forgive")).toBe("forgive needs a group, and maybe a host");
  expect(await usage("forgive", "a", "b", "c")).toBe("forgive needs a group, and maybe a host");
  expect(await usage("status", "now")).toMatch(/^Unexpected argument 'now'/);
  expect(await usage("version", "2")).toMatch(/^Unexpected argument '2'/);
  expect(await usage("schema", "x.yaml")).toMatch(/^Unexpected argument 'x.yaml'/);
});

test("run says which of its flags is wrong, and that it has no daemon", async () => {
  expect(await usage("run")).toMatch(/^No daemon to control/);
  expect(await usage("run", "--log", "xml")).toBe("--log takes text or json, not 'xml'");
  expect(await usage("run", "--attach-timeout", "soon")).toBe(
    "--attach-timeout takes a duration such as 30s, not 'soon'",
  );
  expect(await usage("run", "--management", "nowhere")).toMatch(
    /^--management: Address nowhere: unix:PATH or tcp:HOST:PORT/,
  );
  expect(await usage("run", "--management")).toMatch(/--management/);
});

test("A dry run of rules about clients needs defaults: it would deny everybody else", async () => {
  using folder = new Folder();
  const rules =
    'version: 1\nrules: [{ id: all, on: "CLIENT:CONNECT", answer: allow }, { id: re, on: "CLIENT:REAUTH", answer: allow }]\n';
  const file = folder.write("clients.yaml", rules);
  expect(await usage("run", file, "--management", "unix:/x.sock", "--dry-run")).toBe(
    "--dry-run answers by defaults:, and the rulebook gives none for CLIENT:CONNECT",
  );
});

test("Wrong words end with 2 and one line, never with a stack", async () => {
  const wrong = [[], ["chek"], ["run", "--management", "nowhere"], ["check", "--strikt"]];
  const [none, verb, address, flag] = await Promise.all(wrong.map((argv) => signalbox(...argv)));
  expect(none).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^Usage: signalbox VERB/) });
  expect(verb).toEqual({
    code: 2,
    out: "",
    err: "signalbox: Unknown verb 'chek'; did you mean 'check'? (--help shows how)\n",
  });
  expect(address).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringMatching(/^signalbox: --management: .*\n$/),
  });
  expect(flag).toEqual({
    code: 2,
    out: "",
    err: "signalbox: Unknown flag '--strikt'; did you mean '--strict'? (--help shows how)\n",
  });
});

test("What cannot be read or loaded ends with 1 and one line", async () => {
  using folder = new Folder();
  const plugin = folder.write("broken.ts", "export default (");
  const gone = `${folder.path}/none`;
  const run = ["--state", ":memory:", "--management", "unix:/nowhere"];
  const ends = await Promise.all([
    signalbox("check", gone),
    signalbox("run", gone, ...run),
    signalbox("run", ...run, "--management-password", gone),
    signalbox("schema", "--plugin", plugin),
  ]);
  for (const { code, out, err } of ends) {
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^[^\n]+\n$/);
    expect(err).not.toMatch(/\n? +at |node:|src\//);
  }
  expect(ends[2]?.err).toBe(`signalbox: Cannot read the management password from ${gone}: no such file\n`);
});

test("Without an engine the verbs that speak to one end with 3", async () => {
  using folder = new Folder();
  const state = ["--state", folder.state];
  const ends = await Promise.all([signalbox("status", ...state), signalbox("set", "a=1", ...state)]);
  for (const end of ends)
    expect(end).toEqual({
      code: 3,
      out: "",
      err: `No engine runs on the state directory ${folder.state}: no control socket\n`,
    });
});

test("OpenVPN that is not reached in time ends run with 3 and says why", async () => {
  const { code, err } = await signalbox(
    "run",
    "--state",
    ":memory:",
    "--management",
    "unix:/nowhere/it.sock",
    "--attach-timeout",
    "50ms",
  );
  expect(code).toBe(3);
  expect(err).toBe("Cannot connect to unix:/nowhere/it.sock: no such file (within 50 ms)\n");
});
