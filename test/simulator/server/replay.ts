import { certificateOf } from "../../../src/simulator/server/certificate.ts";
import { ServerDaemon } from "../../../src/simulator/server/server-daemon.ts";
import type { ServerOptions } from "../../../src/simulator/server/server-options.ts";
import { peerInfoOf, type Tunnel, type Visitor } from "../../../src/simulator/server/visitor.ts";
import type { Wire } from "../../../src/simulator/slot.ts";
import { VirtualClock } from "../../../src/util/clock.ts";
import type { recorded } from "../replay.ts";
import { clientsOf, type Coming } from "./clients.ts";

type Moment = ReturnType<typeof recorded>[number];

export interface Setup extends Partial<Omit<ServerOptions, "clock" | "chance">> {
  /** Clients that nobody was there to hear of. */
  readonly unseen?: readonly Coming[];
  /** What a client says of itself, where the recording shows only a part of it. */
  readonly info?: (line: string) => string;
}

/** The same server, simulated: what it says to the controllers' part of the moments, while clients come as they came. */
export function replayedServer(
  moments: readonly Moment[],
  { unseen = [], info = (line) => line, ...options }: Setup,
): Moment[] {
  const heard: Moment[] = [];
  const clock = new VirtualClock((moments[0]?.at ?? 0) - 50);
  const script = clientsOf(moments, unseen);
  const daemon = new ServerDaemon({
    clock,
    chance: {
      wake: () => 0,
      grace: (cid) => {
        const end = script.ends.find((one) => one.cid === cid && one.at >= clock.now());
        if (end?.displaced === true) return Number.POSITIVE_INFINITY;
        return end ? end.at - clock.now() : 5_000;
      },
    },
    authority: "LabCA",
    address: "10.99.0.1",
    pool: "10.99.0.10",
    keepalive: [5, 20],
    ...options,
  });
  daemon.start();
  const tunnels = new Map<number, Tunnel>();
  const knock = ({ cid, commonName, endpoint, login, peerInfo }: Coming): void => {
    const visitor: Visitor = {
      certificate: certificateOf(commonName),
      endpoint,
      login,
      peerInfo: (peerInfo.length > 0 ? peerInfo : peerInfoOf("2.6.14")).map(info),
      hear: () => undefined,
    };
    const tunnel = daemon.knock(visitor);
    if (tunnel) tunnels.set(cid, tunnel);
  };
  const wires = new Map<string, Wire>();
  const act = (moment: Moment): void => {
    const { who, kind, bytes } = moment;
    const hear = (what: Moment["kind"], text: string): void =>
      void heard.push({ at: clock.now(), who, kind: what, bytes: text });
    if (kind === "connects") {
      hear("connects", "");
      wires.set(
        who,
        daemon.slot.accept({ text: (text) => hear("says", text), closed: () => hear("ends", "") }),
      );
    } else if (kind === "sends") {
      heard.push(moment);
      wires.get(who)?.write(bytes);
    } else if (kind === "leaves") wires.get(who)?.close();
  };
  for (const [i, moment] of moments.entries()) {
    clock.advance(Math.max(0, moment.at - clock.now()));
    for (const coming of unseen.filter(({ at }) => at <= moment.at && at > (moments[i - 1]?.at ?? 0)))
      knock(coming);
    for (const doing of script.doings.get(moment) ?? []) {
      const tunnel = tunnels.get(doing.cid);
      if (doing.kind === "knock") knock(doing.coming);
      else if (doing.kind === "push") tunnel?.requestPush();
      else if (doing.kind === "packet") tunnel?.packet("payload", 0, 0);
      else if (doing.kind === "respond") tunnel?.respond(doing.text);
      else if (doing.kind === "renegotiate") tunnel?.renegotiate();
      else tunnel?.exit();
    }
    act(moment);
    // A controller that has not asked for them must not hear of bytes.
    if (moment.kind === "leaves")
      for (const tunnel of tunnels.values()) clock.after(1_000, () => tunnel.packet("payload", 1, 1));
  }
  clock.advance(1_500);
  return heard;
}
