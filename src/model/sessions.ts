import type { Client } from "./client.ts";

/**
 * How many sessions each common name has. A session has its name from the tunnel on, by ESTABLISHED or by `status`: where the server says
 * username-as-common-name it is the username, while CONNECT still has the certificate's, which all may share.
 */
export class Sessions {
  readonly #counts = new Map<string, number>();
  readonly #countedAs = new Map<Client, string>();
  /** Whether the server names sessions by the username; undefined while nothing told. */
  #byUsername: boolean | undefined;

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Those of the client's name but its own. */
  beside(client: Client): number {
    const { common_name, username } = client;
    const name = this.#nameOf(client);
    const own = this.#countedAs.get(client) === name ? 1 : 0;
    if (name === common_name || name === username) return this.of(name) - own;
    // In doubt the more of both.
    return this.of(name) - own + Math.max(this.of(common_name), this.of(username));
  }

  /** The names that its session has or will have: in doubt both. */
  names({ common_name, username, phase }: Client): readonly string[] {
    if (phase === "established" || username === "" || username === common_name || this.#byUsername === false)
      return [common_name];
    return this.#byUsername ? [username] : [common_name, username];
  }

  /** Counts it as what it is now. */
  count(client: Client): void {
    const before = this.#countedAs.get(client);
    const name = client.counts ? this.#nameOf(client) : undefined;
    if (name === before) return;
    this.end(client);
    if (name === undefined) return;
    this.#counts.set(name, this.of(name) + 1);
    this.#countedAs.set(client, name);
  }

  end(client: Client): void {
    const name = this.#countedAs.get(client);
    if (name === undefined) return;
    this.#countedAs.delete(client);
    const left = this.of(name) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }

  /** What the name of a session says of the server's way: `certified` is the name in its CONNECT. True when it is news. */
  learn({ common_name, username }: Client, how: { certified: string } | { listed: true }): boolean {
    const before = this.#byUsername;
    if (username !== "" && username !== common_name) this.#byUsername = false;
    else if (username !== "" && "certified" in how && how.certified !== common_name) this.#byUsername = true;
    return this.#byUsername !== before;
  }

  /** All sessions have ended. The way of the server is what it was, until a session says otherwise. */
  clear(): void {
    this.#counts.clear();
    this.#countedAs.clear();
  }

  #nameOf({ common_name, username, phase }: Client): string {
    if (phase === "established" || username === "" || username === common_name || this.#byUsername === false)
      return common_name;
    return this.#byUsername ? username : `${common_name}\n${username}`;
  }
}
