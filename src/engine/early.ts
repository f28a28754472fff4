import type { Notification, StateNotification } from "../protocol/notification.ts";
import { isDaemonQuery } from "../protocol/queries.ts";

/** Whether it tells that OpenVPN waits for the answer to an earlier question no more. */
export function isMove({ type }: Notification): boolean {
  return type === "STATE" || isDaemonQuery(type);
}

/** States of an attempt, and the questions that are over by then. */
const ATTEMPT: ReadonlySet<string> = new Set([
  ...["TCP_CONNECT", "WAIT", "AUTH", "AUTH_PENDING", "GET_CONFIG", "ASSIGN_IP", "ADD_ROUTES", "CONNECTED"],
]);
const BEFORE_ATTEMPT: ReadonlySet<string> = new Set(["HOLD", "REMOTE"]);

/**
 * What came between the greeting and the end of the start-up list, and whether it is a question that is over: OpenVPN moved on
 * meanwhile, and an answer would be taken for the next question's. `states` is its history as the start-up list read it.
 */
export function sorted(
  early: readonly Notification[],
  states: readonly StateNotification[],
): { notification: Notification; over: boolean }[] {
  const now = early.findLastIndex(isMove);
  // Told in the greeting, and acted upon before we were told of states.
  const dials = ATTEMPT.has(states.at(-1)?.name ?? "") && !early.some(({ type }) => type === "STATE");
  return early.map((notification, i) => {
    const { type } = notification;
    return { notification, over: i < now ? isDaemonQuery(type) : dials && BEFORE_ATTEMPT.has(type) };
  });
}
