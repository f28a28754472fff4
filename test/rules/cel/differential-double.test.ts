import { test } from "vitest";
import { compareOnRandomExpressions, randomSeed } from "./differential.ts";

// In two parts, so that each stays well below two seconds.
test.each([0, 1])("random expressions over doubles give what cel-js gives (part %i)", (part) => {
  compareOnRandomExpressions("double", 10_000, randomSeed() + part);
});
