/**
 * A client for OpenVPN's management interface: every command of 2.1 to 2.7 as a function, every notification as a typed value.
 *
 * @module
 */
export { connect, type ConnectOptions } from "./library/connect.ts";
export type { Client, ClientListener, ReplyTo, SendOptions } from "./library/client.ts";
export { BacklogError } from "./library/backlog.ts";
export { CommandError, type CommandErrorCode, ConnectError } from "./library/errors.ts";
export { ListenError } from "./connection/listen.ts";
export { command } from "./protocol/constructors.ts";
export type { Command, Reply } from "./protocol/command.ts";
export { COMMAND_NAMES } from "./protocol/commands.ts";
export { display, EncodeError } from "./protocol/encoder.ts";
export { refusal, type Situation } from "./protocol/danger.ts";
export { supported } from "./protocol/forms.ts";
export { Environment } from "./protocol/environment.ts";
export type {
  ClientNotification,
  Notification,
  PasswordNotification,
  PlainNotification,
  QuestionNotification,
  StateNotification,
  StaticChallenge,
} from "./protocol/notification.ts";
export {
  parseStatus,
  type ClientStatus,
  type ServerStatus,
  type Status,
  type StatusClient,
  type StatusRoute,
} from "./protocol/status.ts";
export {
  crResponse,
  dynamicAnswer,
  type DynamicChallenge,
  dynamicChallengeReason,
  parseCrResponse,
  parseDynamicAnswer,
  parseDynamicChallenge,
  parsePendingChallenge,
  parseStaticAnswer,
  type PendingChallenge,
  pendingExtra,
  staticAnswer,
} from "./protocol/challenge.ts";
export type {
  LoadStats,
  Pkcs11Entry,
  RemoteEntry,
  ValueOf,
  Values,
  VersionValue,
} from "./protocol/values.ts";
export { Secret } from "./util/secret.ts";
