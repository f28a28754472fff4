import type { inProcess } from "../../src/simulator/in-process.ts";
import type { Store } from "../../src/store/store.ts";

type Dial = ReturnType<typeof inProcess>;

/**
 * One engine's life, which ends as by kill -9 between any two things that reach the world outside it: a write to its store, bytes
 * to OpenVPN, bytes from OpenVPN. What would come after is as if it had never been tried.
 */
export class Life {
  /** How many things have reached the outside. */
  steps = 0;
  /** Ends before this one. */
  fuse = Infinity;
  over = false;
  readonly #close = new Set<() => void>();

  end(): void {
    if (this.over) return;
    this.over = true;
    for (const close of this.#close) close();
  }

  /** Whether what comes now still happens. */
  step(): boolean {
    if (this.over) return false;
    if (this.steps >= this.fuse) {
      this.end();
      return false;
    }
    this.steps++;
    return true;
  }

  store(store: Store): Store {
    let within = false;
    const write = (work: () => void): void => {
      if (within || this.step()) work();
    };
    return {
      ...store,
      put: (table, key, value) => write(() => store.put(table, key, value)),
      delete: (table, key) => write(() => store.delete(table, key)),
      // All of it or nothing, as in a file.
      transaction: (work) =>
        write(() => {
          within = true;
          store.transaction(work);
          within = false;
        }),
    };
  }

  dial(dial: Dial): Dial {
    return (address, listener) => {
      const transport = dial(address, {
        connected: () => {
          if (!this.over) listener.connected();
        },
        text: (chunk) => {
          if (this.step()) listener.text(chunk);
        },
        closed: (reason) => {
          if (!this.over) listener.closed(reason);
        },
      });
      // What was written before is still read.
      this.#close.add(() => queueMicrotask(() => transport.destroy()));
      return {
        write: (text) => {
          if (this.step()) transport.write(text);
        },
        end: () => {
          if (!this.over) transport.end();
        },
        destroy: () => {
          if (!this.over) transport.destroy();
        },
      };
    };
  }
}
