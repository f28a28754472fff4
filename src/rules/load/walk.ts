import { isAlias, isMap, isSeq, type Node, type Pair } from "yaml";

/** A node and where it stands. */
export interface Place {
  readonly node: Node;
  readonly isKey: boolean;
  /** An item of a list, or the value of `key: value` in one written with `[ ]`. */
  readonly listed: boolean;
  /** Inside `{ }` or `[ ]`. */
  readonly flow: boolean;
}

export interface Walked {
  /** In the order of the text. */
  readonly places: readonly Place[];
  readonly maps: readonly (readonly Pair[])[];
}

/** All nodes of a document. The yaml package's own `visit` copies the path to each, which takes too long in large files. */
export function walk(root: unknown): Walked {
  const places: Place[] = [];
  const maps: Pair[][] = [];
  const visit = (node: Node | null, site: Omit<Place, "node">): void => {
    if (!node) return;
    places.push({ node, ...site });
    if (isAlias(node)) return;
    if (isSeq(node)) {
      const flow = site.flow || node.flow === true;
      for (const item of node.items) visit(item as Node | null, { isKey: false, listed: true, flow });
    } else if (isMap(node)) {
      const flow = site.flow || node.flow === true;
      const pairs = node.items as Pair<Node | null, Node | null>[];
      maps.push(pairs);
      // `[ key: value ]` is a map without braces.
      const bare = site.listed && node.flow === true && node.range?.[0] === pairs[0]?.key?.range?.[0];
      for (const { key, value } of pairs) {
        visit(key, { isKey: true, listed: false, flow });
        visit(value, { isKey: false, listed: bare, flow });
      }
    }
  };
  visit(root as Node | null, { isKey: false, listed: false, flow: false });
  return { places, maps };
}
