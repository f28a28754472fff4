import { Failback } from "../policy/failback.ts";
import { type Candidate, type GroupDeps, type GroupEvent, RemoteGroup } from "../policy/group.ts";
import type { Env, Expression } from "../rules/cel/types.ts";
import type { GroupSpec, LoadedPlugin } from "../rules/rulebook.ts";
import type { Windows } from "../rules/windows.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Journal } from "./journal.ts";
import { Prober } from "./probes/prober.ts";

export interface FailoverHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly random: () => number;
  readonly journal: Journal;
  readonly windows: Windows;
  readonly plugins: readonly LoadedPlugin[];
  env(daemon: string): Env;
  changed(event: GroupEvent): void;
  /** The candidates that a daemon may use and reach now. */
  reachable(group: RemoteGroup, daemon: string): readonly Candidate[];
  /** Moves a daemon's tunnel; false when that is not possible at this moment. */
  moveBack(daemon: string, group: RemoteGroup, target: Candidate): boolean;
  drain(): void;
}

/** A group of remotes with what belongs to it: its probes, and its way back. */
export interface FailoverGroup {
  readonly group: RemoteGroup;
  readonly failback: Failback | undefined;
  readonly prober: Prober | undefined;
}

/** `make`: where the group is another one's, how that makes it. */
export function failoverGroup(
  spec: GroupSpec,
  host: FailoverHost,
  make: (spec: GroupSpec, deps: GroupDeps) => RemoteGroup = (of, deps) => new RemoteGroup(of, deps),
): FailoverGroup {
  const { clock, store, random } = host;
  const complain = (daemon: string | undefined, what: string, error: unknown): void =>
    void host.journal.write("error", daemon, {
      group: spec.name,
      error: `${what}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
    });
  const evaluate = (expression: Expression, candidate: Candidate | undefined, daemon: string): boolean => {
    try {
      const env = host.env(daemon);
      return expression.run(candidate ? { ...env, candidate: group.view(candidate) } : env) === true;
    } catch (error) {
      complain(daemon, expression.source, error);
      return false;
    }
  };
  const order = pluginOrder(spec, host.plugins, (error) => complain(undefined, "order", error));
  const emit = (event: GroupEvent): void => host.changed(event);
  const group: RemoteGroup = make(spec, {
    ...{ store, clock, random, evaluate, emit },
    ...(order ? { order } : {}),
  });
  const failback = spec.failback
    ? new Failback(spec, {
        clock,
        inWindow: (during) => host.windows.during(during),
        evaluate: (expression, daemon) => evaluate(expression, undefined, daemon),
        usable: (daemon) => host.reachable(group, daemon),
        isPenalized: (candidate) => group.isPenalized(candidate),
        move: (daemon, target) => host.moveBack(daemon, group, target),
      })
    : undefined;
  const report = (candidate: Candidate, ok: boolean, ms: number | undefined): void => {
    group.latency(candidate, ms);
    // With nothing left to try, a candidate that answers is worth an attempt before its penalty ends.
    if (ok && group.exhausted) group.pardon(candidate, "its probe passed");
    failback?.probed(candidate, ok);
    host.drain();
  };
  const { plugins } = host;
  const prober = spec.probe ? new Prober(spec.probe, group, { clock, random, plugins, report }) : undefined;
  return { group, failback, prober };
}

/** `order: plugin.name`. One that throws leaves the candidates as they are. */
function pluginOrder(
  { order }: GroupSpec,
  plugins: readonly LoadedPlugin[],
  complain: (error: unknown) => void,
): ConstructorParameters<typeof RemoteGroup>[1]["order"] {
  if (typeof order !== "object") return undefined;
  const dot = order.plugin.indexOf(".");
  const plugin = plugins.find(({ name }) => name === order.plugin.slice(0, dot));
  const definition = plugin?.definition.orders?.[order.plugin.slice(dot + 1)];
  if (!definition) return undefined;
  return (candidates) => {
    try {
      return definition.order(candidates, { config: plugin?.config });
    } catch (error) {
      complain(error);
      return candidates;
    }
  };
}
