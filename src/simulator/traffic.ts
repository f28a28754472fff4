import type { Clock, Timer } from "../util/clock.ts";

/** Bytes through the tunnel since the process started; told every so often on demand. */
export class Traffic {
  in = 0;
  out = 0;
  readonly #clock: Clock;
  readonly #tell: (line: string) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, tell: (line: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** `bytecount n`; 0 turns it off. */
  tellEvery(seconds: number): void {
    this.#timer?.cancel();
    if (seconds <= 0) return;
    this.#timer = this.#clock.after(seconds * 1000, () => {
      this.#tell(`>BYTECOUNT:${this.in},${this.out}`);
      this.tellEvery(seconds);
    });
  }
}

/** The reply to `status` of a client, whatever its number. */
export function clientStatus(traffic: { in: number; out: number }, seconds: number): readonly string[] {
  const time = new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const counts = ["TUN/TAP read", "TUN/TAP write", "TCP/UDP read", "TCP/UDP write", "Auth read"];
  const bytes = [0, 0, traffic.in, traffic.out, 0];
  return [
    "OpenVPN STATISTICS",
    `Updated,${time}`,
    ...counts.map((name, i) => `${name} bytes,${bytes[i]}`),
    "END",
  ];
}
