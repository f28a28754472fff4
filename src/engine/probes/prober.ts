import type { Candidate } from "../../policy/candidate.ts";
import type { RemoteGroup } from "../../policy/group.ts";
import type { LoadedPlugin, ProbeSpec } from "../../rules/rulebook.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import { probeExec } from "./exec.ts";
import { probeOpenvpn } from "./openvpn.ts";
import { probeTcp } from "./tcp.ts";

export interface ProberDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly plugins: readonly LoadedPlugin[];
  /** `ms` is the round trip of a probe that passed. */
  readonly report: (candidate: Candidate, ok: boolean, ms: number | undefined) => void;
}

/** Rounds are moved by up to this part of `every`, so that many engines do not probe at once. */
const JITTER = 0.1;

/** Probes all candidates of a group, in rounds; at most one probe a candidate is under way. */
export class Prober {
  readonly #spec: ProbeSpec;
  readonly #group: RemoteGroup;
  readonly #deps: ProberDeps;
  readonly #underWay = new Map<string, AbortController>();
  #timer: Timer | undefined;
  #stopped = false;
  /** Keys of candidates that had their first probe. */
  readonly #seen = new Set<string>();

  constructor(spec: ProbeSpec, group: RemoteGroup, deps: ProberDeps) {
    this.#spec = spec;
    this.#group = group;
    this.#deps = deps;
  }

  start(): void {
    for (const candidate of this.#group.all()) void this.#probe(candidate);
    const pause = this.#spec.every * (1 + (this.#deps.random() - 0.5) * 2 * JITTER);
    this.#timer = this.#deps.clock.after(pause, () => this.start());
  }

  /** More candidates are known: those are looked at now, for the next round may be far, and they may be all that is left to try. */
  look(): void {
    if (!this.#timer || this.#stopped) return;
    for (const candidate of this.#group.all())
      if (!this.#seen.has(candidate.key)) void this.#probe(candidate);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const abort of this.#underWay.values()) abort.abort();
  }

  async #probe(candidate: Candidate): Promise<void> {
    this.#seen.add(candidate.key);
    if (this.#underWay.has(candidate.key)) return;
    const abort = new AbortController();
    this.#underWay.set(candidate.key, abort);
    const deadline = this.#deps.clock.after(this.#spec.timeout, () => abort.abort());
    let ms: number | undefined;
    try {
      ms = await Promise.race([this.#run(candidate, abort.signal), aborted(abort.signal)]);
    } catch {
      // A probe that fails is a result; only the log of a probe would want to know why.
    } finally {
      deadline.cancel();
      this.#underWay.delete(candidate.key);
    }
    if (!this.#stopped) this.#deps.report(candidate, ms !== undefined, ms);
  }

  #run(candidate: Candidate, signal: AbortSignal): Promise<number> {
    const { kind } = this.#spec;
    if ("tcp" in kind) return probeTcp(candidate.host, kind.tcp.port ?? candidate.port, signal);
    if ("openvpn" in kind) return probeOpenvpn(candidate, signal);
    if ("exec" in kind) return probeExec(kind.exec, candidate, signal);
    const dot = kind.plugin.indexOf(".");
    const plugin = this.#deps.plugins.find(({ name }) => name === kind.plugin.slice(0, dot));
    const probe = plugin?.definition.probes?.[kind.plugin.slice(dot + 1)];
    if (!probe) return Promise.reject(new Error(`unknown probe ${kind.plugin}`));
    return probe.probe(probe.params.parse(kind.params), candidate, { signal, config: plugin?.config });
  }
}

/** A probe that does not listen to its signal is left behind at the deadline. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("not in time"))));
}
