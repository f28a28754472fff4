import { expect, test } from "vitest";
import { Dial } from "../../src/policy/dial.ts";
import { Cursor } from "../support/cursor.ts";
import { dialOf, entries, entriesOf, question } from "./support.ts";

const THREE = ["a:1194/udp", "b:1194/udp", "c:1194/udp"] as const;

/** A dial that was asked these, one failed attempt after the other. */
function askedInTurn(dial: Dial, ...texts: string[]): Dial {
  for (const [i, text] of texts.entries()) {
    if (i > 0) failed(dial);
    dial.asked(question(text));
  }
  return dial;
}

function failed(dial: Dial): void {
  dial.answered({ kind: "accept" });
  dial.restarted("tls-error");
}

function dropped(
  dial: Dial,
  answer: { kind: string; host?: string; port?: number } = { kind: "accept" },
): void {
  dial.answered(answer);
  dial.connected();
  dial.restarted("ping-restart");
}

test("an attempt that fails moves the position on, past disabled entries and past the end", () => {
  const dial = askedInTurn(
    dialOf(entries("a:1194/udp", "-b:1194/udp", "c:1194/udp")),
    "a:1194/udp",
    "c:1194/udp",
  );
  expect(dial.position).toBe(2);
  failed(dial);
  dial.asked(question("a:1194/udp"));
  expect(dial.position).toBe(0);
});

test("the same place with another address family is another entry", () => {
  expect(askedInTurn(dialOf(entries("a:1194/udp4", "a:1194/udp6")), "a:1194/udp6").position).toBe(1);
  const dial = dialOf(entries("a:1194/udp4", "a:1194/udp6", "b:1194/udp"));
  askedInTurn(dial, "a:1194/udp4", "a:1194/udp6");
  expect(dial.position).toBe(1);
  failed(dial);
  dial.asked(question("b:1194/udp"));
  failed(dial);
  dial.asked(question("a:1194/udp4"));
  expect(dial.position).toBe(0);
});

test("an entry that stands in the list twice is known by the way to it", () => {
  const dial = askedInTurn(
    dialOf(entries("a:1194/udp", "a:1194/udp", "b:1194/udp")),
    "a:1194/udp",
    "a:1194/udp",
  );
  expect(dial.position).toBe(1);
});

test("a disabled entry is never taken for the one that is asked", () => {
  expect(askedInTurn(dialOf(entries("-a:1194/udp", "a:1194/udp")), "a:1194/udp").position).toBe(1);
});

test("from the end of the list one skip past the end is allowed, and no second", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), ...THREE);
  expect(dial.skipIsFatal(1)).toBe(false);
  dial.answered({ kind: "skip", count: 1 });
  dial.asked(question("a:1194/udp"));
  expect(dial.skipIsFatal(2)).toBe(false);
  expect(dial.skipIsFatal(3)).toBe(true);
});

test("the wrap of the attempt that failed at the end counts in the next chain", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), ...THREE, "a:1194/udp");
  expect(dial.skipIsFatal(2)).toBe(false);
  expect(dial.skipIsFatal(3)).toBe(true);
});

test("where OpenVPN asks about its first entry when we come, it may have passed the end before", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  expect(dial.skipIsFatal(2)).toBe(false);
  expect(dial.skipIsFatal(3)).toBe(true);
});

test("of the places where OpenVPN may stand, the one nearest its end counts", () => {
  const remotes = [question("a:1194/udp"), question("a:1194/udp")];
  const cursor = new Cursor(remotes, { addresses: () => 2 });
  const dial = askedInTurn(dialOf(entriesOf(remotes)), "a:1194/udp", "a:1194/udp");
  cursor.ask();
  cursor.answer({ kind: "accept" });
  cursor.failed();
  cursor.ask();
  dial.answered({ kind: "skip", count: 3 });
  cursor.answer({ kind: "skip", count: 3 });
  dial.asked(question("a:1194/udp"));
  expect(dial.skipIsFatal(1)).toBe(true);
  cursor.answer({ kind: "skip", count: 1 });
  expect(cursor.fatal).toBe("No usable connection profiles are present");
});

test("a skip of many rounds passes the end once, as OpenVPN counts it", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  dropped(dial);
  dial.asked(question("a:1194/udp"));
  expect(dial.skipIsFatal(9)).toBe(false);
  const cursor = new Cursor(THREE.map((text) => question(text)));
  cursor.ask();
  cursor.answer({ kind: "skip", count: 9 });
  expect(cursor.asked?.host).toBe("a");
});

test("a skip to disabled entries at the end of the second round is fatal", () => {
  const remotes = [
    question("a:1194/udp"),
    question("b:1194/udp"),
    { ...question("c:1194/udp"), enabled: false },
  ];
  const dial = askedInTurn(dialOf(entriesOf(remotes)), "a:1194/udp", "b:1194/udp", "a:1194/udp");
  expect(dial.skipIsFatal(1)).toBe(false);
  expect(dial.skipIsFatal(2)).toBe(true);
});

test("without SKIP n each answer moves by one", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  dial.skipCount = false;
  dial.answered({ kind: "skip", count: 2 });
  dial.asked(question("b:1194/udp"));
  expect(dial.position).toBe(1);
});

test("of a list that cannot be read each entry is learned from its question, and skips stay within one round", () => {
  const dial = askedInTurn(dialOf(undefined), "a:1194/udp");
  expect(dial.skipIsFatal(1)).toBe(true);
  failed(dial);
  dial.asked(question("b:1194/udp"));
  expect(dial.known.map(({ host }) => host)).toEqual(["a", "b"]);
  expect(dial.skipIsFatal(1)).toBe(false);
  dial.answered({ kind: "skip" });
  dial.asked(question("a:1194/udp"));
  expect(dial.skipIsFatal(1)).toBe(true);
});

test("right after a session a list that cannot be read may be walked once around", () => {
  const dial = askedInTurn(dialOf(undefined), "a:1194/udp", "b:1194/udp");
  dropped(dial);
  dial.asked(question("b:1194/udp"));
  for (const next of ["a:1194/udp", "b:1194/udp"]) {
    expect(dial.skipIsFatal(1)).toBe(false);
    dial.answered({ kind: "skip" });
    dial.asked(question(next));
  }
  expect(dial.skipIsFatal(1)).toBe(true);
});

test("after a session the address of that attempt is held, until the next chain", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  dropped(dial, { kind: "mod", host: "z", port: 443 });
  expect(dial.holds).toBe(false);
  dial.asked(question("a:1194/udp"));
  expect(dial.held).toEqual({ host: "z", port: 443, proto: "udp" });
  dial.answered({ kind: "skip", count: 1 });
  dial.asked(question("b:1194/udp"));
  expect(dial.holds).toBe(false);
});

test("after a session that was up when we came, an address is held, and it is not known whose", () => {
  const dial = dialOf(entries("a:1194/udp"));
  dial.connected();
  dial.restarted("ping-restart");
  dial.asked(question("a:1194/udp"));
  expect(dial.holds).toBe(true);
  expect(dial.held).toBeUndefined();
  expect(dial.skipIsFatal(1)).toBe(false);
});

test("after a session that came up with errors OpenVPN moves on as after a failed attempt", () => {
  const dial = askedInTurn(dialOf(entries("a:1194/udp")), "a:1194/udp");
  dial.answered({ kind: "accept" });
  dial.connected("ERROR");
  dial.restarted("ping-restart");
  dial.asked(question("a:1194/udp"));
  expect(dial.holds).toBe(false);
  expect(dial.skipIsFatal(1)).toBe(true);
});

test("a name that is asked again although it was skipped has more addresses, of which the next is dialled", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  dropped(dial);
  dial.asked(question("a:1194/udp"));
  dial.answered({ kind: "skip", count: 1 });
  dial.asked(question("a:1194/udp"));
  expect(dial.held).toEqual({ host: "a", port: 1194, proto: "udp" });
  expect(dial.skipIsFatal(3)).toBe(false);
});

test("a name that is asked again after its attempt failed has more addresses, of which the next is dialled", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp", "a:1194/udp");
  expect(dial.position).toBe(0);
  expect(dial.held).toEqual({ host: "a", port: 1194, proto: "udp" });
  expect(dial.goesOn).toEqual({ host: "a", port: 1194, proto: "udp" });
  failed(dial);
  dial.asked(question("b:1194/udp"));
  expect(dial.goesOn).toBeUndefined();
});

test.each(["SIGHUP", "close_context usr1 to hup"])(
  "after %s OpenVPN begins at the list's start",
  (detail) => {
    const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp", "b:1194/udp");
    dial.connected();
    dial.restarted(detail);
    dial.asked(question("a:1194/udp"));
    expect(dial.position).toBe(0);
    expect(dial.holds).toBe(false);
    expect(dial.skipIsFatal(2)).toBe(false);
  },
);

test("a skip that somebody else answered counts as one that may have passed the end", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp", "b:1194/udp", "c:1194/udp");
  dial.asked(question("b:1194/udp"));
  expect(dial.position).toBe(1);
  expect(dial.skipIsFatal(1)).toBe(false);
  expect(dial.skipIsFatal(2)).toBe(true);
});

test("where nothing that was seen explains the question, the end may have been passed on the way", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp");
  failed(dial);
  dial.asked(question("c:1194/udp"));
  expect(dial.skipIsFatal(1)).toBe(true);
});

test("a question about an entry that is not in the list leaves one skip at most", () => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "z:1194/udp");
  expect(dial.position).toBeUndefined();
  expect(dial.skipIsFatal(1)).toBe(false);
  dial.answered({ kind: "skip", count: 1 });
  dial.asked(question("z:1194/udp"));
  expect(dial.skipIsFatal(1)).toBe(true);
});

test.each([
  ["between questions", (dial: Dial): void => dial.answered({ kind: "skip", count: 3 }), "b:1194/udp"],
  ["after a session", (dial: Dial): void => dropped(dial), "b:1194/udp"],
  ["after a failed attempt", failed, "c:1194/udp"],
])("what is stored %s goes on as if the engine had never stopped", (_when, happen, next) => {
  const dial = askedInTurn(dialOf(entries(...THREE)), "a:1194/udp", "b:1194/udp");
  happen(dial);
  const restored = new Dial(JSON.parse(JSON.stringify(dial)));
  dial.asked(question(next));
  restored.asked(question(next));
  expect(restored.toJSON()).toEqual(dial.toJSON());
  expect(restored.held).toEqual(dial.held);
  expect([1, 2, 3].map((count) => restored.skipIsFatal(count))).toEqual(
    [1, 2, 3].map((count) => dial.skipIsFatal(count)),
  );
});
