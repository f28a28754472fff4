import type { Node } from "yaml";
import type { ActionDefinition, PluginDefinition } from "../../plugin/contract.ts";
import { didYouMean } from "../../util/suggest.ts";
import {
  type CandidateScopeOptions,
  candidateScope,
  type Declared,
  eventScope,
  quotaScope,
} from "../cel/scope.ts";
import { pluginFunctions } from "../cel/functions.ts";
import type { Fields, Scope } from "../cel/types.ts";
import type { LoadedPlugin } from "../rulebook.ts";
import type { Context } from "./context.ts";

export type PluginLoader = (path: string) => Promise<PluginDefinition>;

/** The built-in actions by name. */
export type ActionCatalogue = Readonly<Record<string, ActionDefinition>>;

/** What a set of rulebooks declares, over all files: names are known before anything that uses them is read. */
export class World {
  readonly actions: ActionCatalogue;
  readonly params: Record<string, unknown> = {};
  readonly paramFields: Record<string, Fields[string]> = {};
  readonly variableFields: Record<string, Fields[string]> = {};
  readonly names = {
    daemon: new Set<string>(),
    secret: new Set<string>(),
    list: new Set<string>(),
    window: new Set<string>(),
    group: new Set<string>(),
    proxies: new Set<string>(),
    counter: new Set<string>(),
    quota: new Set<string>(),
    variable: new Set<string>(),
    rule: new Set<string>(),
    plugin: new Set<string>(),
    param: new Set<string>(),
  };
  readonly plugins: LoadedPlugin[] = [];
  /** The hosts of groups that list them. */
  readonly hosts = new Map<string, ReadonlySet<string>>();
  /** Own events that some rule emits. */
  readonly emitted = new Set<string>();
  #declared: Declared | undefined;
  /** Most rules are on one of a few events. */
  readonly #scopes = new Map<string, Scope>();

  constructor(actions: ActionCatalogue) {
    this.actions = actions;
  }

  /** Notes a name; a problem when another thing of the kind bears it. */
  declare(kind: keyof World["names"], name: string, node: unknown, context: Context): void {
    if (this.names[kind].has(name))
      context.error(node, `${kind} '${name}' is declared twice; names are unique over all files`);
    this.names[kind].add(name);
  }

  /** Whether a name is declared; a problem with a suggestion when it is not. */
  knows(kind: keyof World["names"], name: string, node: unknown, context: Context): boolean {
    if (this.names[kind].has(name)) return true;
    context.error(node, `unknown ${kind} '${name}'${didYouMean(name, this.names[kind])}`);
    return false;
  }

  /** Whether a group has a candidate of this host; groups that take OpenVPN's list are known only later. */
  knowsHost(group: string, host: string, node: unknown, context: Context): void {
    const hosts = this.hosts.get(group);
    if (hosts && !hosts.has(host))
      context.error(node, `unknown candidate '${host}' of ${group}${didYouMean(host, hosts)}`);
  }

  /** The scope of a rule on these events. */
  eventScope(events: readonly string[]): Scope {
    const key = events.join(" ");
    let scope = this.#scopes.get(key);
    if (!scope) this.#scopes.set(key, (scope = eventScope({ ...this.declared(), events })));
    return scope;
  }

  candidateScope(options: Pick<CandidateScopeOptions, "events"> = {}): Scope {
    return candidateScope({ ...this.declared(), ...options });
  }

  quotaScope(): Scope {
    return quotaScope(this.declared());
  }

  plugin(name: string): PluginDefinition | undefined {
    return this.plugins.find((plugin) => plugin.name === name)?.definition;
  }

  /** What expressions can name; asked for only when everything is declared. */
  declared(): Declared {
    this.#declared ??= {
      params: this.paramFields,
      vars: this.variableFields,
      lists: [...this.names.list],
      names: {
        windows: [...this.names.window],
        counters: [...this.names.counter],
        quotas: [...this.names.quota],
      },
      plugins: Object.assign(
        {},
        ...this.plugins.map(({ name, definition }) => pluginFunctions(name, definition.functions ?? {})),
      ) as Declared["plugins"],
    };
    return this.#declared;
  }
}

/** One file of a rulebook, its top level taken apart. */
export interface Part {
  readonly context: Context;
  readonly directory: string;
  readonly sections: ReadonlyMap<string, Node>;
}
