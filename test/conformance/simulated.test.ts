import { SimulatedSubject } from "./simulated.ts";
import { conformance } from "./suite.ts";

conformance(() => new SimulatedSubject());
