import { test } from "vitest";
import { compareOnRandomExpressions } from "./differential.ts";

test("random expressions over ints give what cel-js gives", () => {
  compareOnRandomExpressions("int", 20_000);
});
