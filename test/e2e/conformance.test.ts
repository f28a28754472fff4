import { RealSubject } from "../conformance/real.ts";
import { conformance } from "../conformance/suite.ts";

conformance(() => new RealSubject());
