import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "../../src/policy/candidate.ts";
import { seededRandom } from "../../src/util/random.ts";
import { skipOn } from "./driver.ts";
import { enact, play, stories } from "./story.ts";

test("whatever happens, a group never leads OpenVPN to its end, and each chain of questions ends in an attempt", () => {
  fc.assert(
    fc.property(stories(), (story) => {
      play(story, ({ dialled }, cursor) => {
        expect(cursor.fatal).toBeUndefined();
        expect(dialled).toBeDefined();
        expect(cursor.questions).toBeLessThanOrEqual(2 * story.remotes.length);
      });
    }),
    { numRuns: 300 },
  );
});

test("the attempt that OpenVPN makes is the one that the group names", () => {
  fc.assert(
    fc.property(stories(), (story) => {
      play(story, ({ dialled, named }) => {
        if (named !== undefined) expect(dialled && keyOf(dialled)).toBe(named);
      });
    }),
    { numRuns: 300 },
  );
});

test("with SKIP n the best candidate is reached in at most two questions, wherever OpenVPN stands", () => {
  fc.assert(
    fc.property(stories(), (told) => {
      const story = { ...told, skipCount: true };
      play(story, ({ dialled, wanted }, cursor) => {
        if (wanted !== undefined) expect(dialled && keyOf(dialled)).toBe(wanted);
        expect(cursor.questions).toBeLessThanOrEqual(2);
      });
    }),
    { numRuns: 300 },
  );
});

test("names with several addresses never lead OpenVPN to its end either", () => {
  fc.assert(
    fc.property(stories({ manyAddresses: true }), (story) => {
      play(story, ({ dialled }, cursor) => {
        expect(cursor.fatal).toBeUndefined();
        expect(dialled).toBeDefined();
      });
    }),
    { numRuns: 300 },
  );
});

test("who skips for as long as it is said not to be fatal never leads OpenVPN to its end", () => {
  fc.assert(
    fc.property(fc.boolean(), stories(), stories({ manyAddresses: true }), (many, simple, tangled) => {
      const story = many ? tangled : simple;
      const random = seededRandom(story.seed);
      enact(story, {
        answer: (cursor, dial) => {
          skipOn(cursor, dial, () => 1 + Math.floor(random() * 8));
          expect(cursor.fatal).toBeUndefined();
          expect(cursor.dialled).toBeDefined();
        },
      });
    }),
    { numRuns: 300 },
  );
});
