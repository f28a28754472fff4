import type { Notification, StateNotification } from "../protocol/notification.ts";

/** What OpenVPN needs before it goes on. */
export const NEEDS = [
  "PROXY",
  "PASSWORD:NEED",
  "NEED-OK",
  "NEED-STR",
  "NEED-CERTIFICATE",
  "RSA_SIGN",
  "PK_SIGN",
] as const;

/** Questions, and what tells that OpenVPN waits for the answer to an earlier one no more. */
const QUESTIONS: ReadonlySet<string> = new Set(["HOLD", "REMOTE", ...NEEDS]);
export const MOVES: ReadonlySet<string> = new Set(["STATE", ...QUESTIONS]);

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
  const now = early.findLastIndex(({ type }) => MOVES.has(type));
  // Told in the greeting, and acted upon before we were told of states.
  const dials = ATTEMPT.has(states.at(-1)?.name ?? "") && !early.some(({ type }) => type === "STATE");
  return early.map((notification, i) => {
    const { type } = notification;
    return { notification, over: i < now ? QUESTIONS.has(type) : dials && BEFORE_ATTEMPT.has(type) };
  });
}
