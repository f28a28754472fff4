import { rmSync } from "node:fs";
import { PKI } from "./lab.ts";
import { makePki } from "./pki.ts";

/** Before all tests of a run: the certificates that they share. */
export function setup(): void {
  rmSync(PKI, { recursive: true, force: true });
  makePki(PKI);
}
