import net from "node:net";
import { definePlugin, type MeasuredCandidate } from "signalbox/plugin";
import { z } from "zod";

const config = z.object({
  /** Candidates whose latencies lie in the same band count as equally fast, ms. */
  band: z.number().positive().default(20),
});

const probeParams = z.object({
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe("TCP port to connect to; the candidate's own for tcp ones"),
  samples: z.int().min(1).max(10).default(3).describe("connections in a row, of which the median counts"),
});

/** Candidates by latency, in bands: two servers that differ by less than a band keep the order of the rulebook. */
export default definePlugin({
  name: "latency",
  config,
  probes: {
    tcp: {
      about: "The median time of several TCP connections",
      params: probeParams,
      probe: async (params: z.output<typeof probeParams>, candidate, { signal }) => {
        const port = params.port ?? (candidate.proto === "tcp" ? candidate.port : undefined);
        if (port === undefined) throw new Error("A udp candidate has no TCP port to connect to; give port:");
        const times: number[] = [];
        for (let i = 0; i < params.samples; i++) times.push(await connectTime(candidate.host, port, signal));
        return median(times);
      },
    },
  },
  orders: {
    banded: {
      about: "The lowest band of latency first; without a measurement last",
      order: (candidates, context) => {
        const { band } = config.parse(context.config ?? {});
        const bandOf = ({ latency }: MeasuredCandidate): number =>
          latency === undefined ? Infinity : Math.floor(latency / band);
        // Sorting is stable: within a band the order of the rulebook stays.
        return candidates.toSorted((a, b) => (bandOf(a) === bandOf(b) ? 0 : bandOf(a) - bandOf(b)));
      },
    },
  },
});

/** Milliseconds until the connection is open; rejects when it is refused or `signal` ends it. */
function connectTime(host: string, port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = net.connect({ host, port });
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", late);
      socket.destroy();
      settle();
    };
    const late = (): void => end(() => reject(new Error("No connection in time")));
    signal.addEventListener("abort", late);
    socket.once("connect", () => end(() => resolve(performance.now() - started)));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(() => reject(new Error(error.code ?? "Connection failed"))),
    );
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
