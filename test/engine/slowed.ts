import type { inProcess } from "../../src/simulator/in-process.ts";
import type { Clock } from "../../src/util/clock.ts";

type Dial = ReturnType<typeof inProcess>;

/** A connection whose bytes take their time, and come in their order; what was sent before an end still arrives. */
export function slowed(dial: Dial, clock: Clock, latency: (() => number) | undefined): Dial {
  if (!latency) return dial;
  const way = (): ((work: () => void) => void) => {
    let last = 0;
    return (work) => {
      last = Math.max(last, clock.now() + latency());
      clock.after(last - clock.now(), work);
    };
  };
  return (address, listener) => {
    const [there, back] = [way(), way()];
    const transport = dial(address, {
      connected: () => listener.connected(),
      text: (chunk) => back(() => listener.text(chunk)),
      closed: (reason) => back(() => listener.closed(reason)),
    });
    return {
      write: (text) => there(() => transport.write(text)),
      end: () => there(() => transport.end()),
      destroy: () => there(() => transport.destroy()),
    };
  };
}
