import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../src/util/fifo.ts";

test("it does what an array does", () => {
  const step = fc.oneof(
    fc.integer({ min: 1, max: 3000 }).map((count) => ({ push: count })),
    fc.integer({ min: 1, max: 3000 }).map((count) => ({ shift: count })),
    fc.array(fc.nat(), { maxLength: 3 }).map((items) => ({ unshift: items })),
    fc.constant({ drain: true }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const each of steps) {
        if ("push" in each)
          for (let i = 0; i < each.push; i++) {
            fifo.push(next);
            model.push(next++);
          }
        else if ("shift" in each)
          for (let i = 0; i < each.shift; i++) expect(fifo.shift()).toBe(model.shift());
        else if ("unshift" in each) {
          fifo.unshift(...each.unshift);
          model.unshift(...each.unshift);
        } else expect(fifo.drain()).toEqual(model.splice(0));
        expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
        expect(fifo.find((item) => item % 7 === 3)).toBe(model.find((item) => item % 7 === 3));
      }
      expect(fifo.drain()).toEqual(model);
    }),
    { seed: 3, numRuns: 50 },
  );
});
