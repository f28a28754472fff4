import { z } from "zod";
import { command } from "../../protocol/constructors.ts";
import { builtin } from "./builtin.ts";

const target = z.strictObject({ to: z.string().min(1) });

export const status = builtin({
  about: "Saves what OpenVPN tells of its state: the reply to status 3",
  params: target,
  async run({ to }, context) {
    const { lines } = await context.command(command.status(3));
    await context.engine.save(to, [...lines, "END"]);
  },
});

export const log = builtin({
  about: "Saves the log lines that OpenVPN keeps: the reply to log all",
  params: target,
  async run({ to }, context) {
    const { lines } = await context.command(command.log.last("all"));
    await context.engine.save(to, lines);
  },
});
