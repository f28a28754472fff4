import type { Slot } from "./slot.ts";

/** What a connection wants to know of its transport; the same shape as the real one's. */
interface Listener {
  connected(): void;
  text(chunk: string): void;
  closed(reason: string | undefined): void;
}

/**
 * A connection to a simulated daemon without a socket, as a stand-in for dialling one. Like a socket it never calls back
 * within a call.
 */
export function inProcess(
  slot: Slot,
): (address: unknown, listener: Listener) => { write(text: string): void; end(): void; destroy(): void } {
  return (_, listener) => {
    let ended = false;
    const closed = (): void => {
      if (ended) return;
      ended = true;
      queueMicrotask(() => listener.closed(undefined));
    };
    queueMicrotask(() => listener.connected());
    const wire = slot.accept({
      text: (bytes) => queueMicrotask(() => listener.text(Buffer.from(bytes, "latin1").toString("utf8"))),
      closed,
    });
    const leave = (): void => {
      wire.close();
      closed();
    };
    return {
      write: (text) => queueMicrotask(() => wire.write(Buffer.from(text, "utf8").toString("latin1"))),
      end: () => queueMicrotask(leave),
      destroy: leave,
    };
  };
}
