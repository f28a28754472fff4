import { test } from "vitest";
import { compareOnRandomExpressions } from "./differential.ts";

test("random expressions over doubles give what cel-js gives", () => {
  compareOnRandomExpressions("double", 20_000);
});
