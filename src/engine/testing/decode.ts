import { Decoder } from "../../protocol/decoder.ts";
import type { Notification } from "../../protocol/notification.ts";

/** Lines of a test as notifications; what would be a reply or an oddity says nothing. */
export class NotificationDecoder {
  readonly #found: Notification[] = [];
  readonly #decoder = new Decoder({
    notification: (notification) => void this.#found.push(notification),
    reply: () => undefined,
    oddity: () => undefined,
  });

  decode(line: string): Notification[] {
    this.#decoder.line(line);
    return this.#found.splice(0);
  }
}
