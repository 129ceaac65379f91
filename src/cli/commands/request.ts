import type { Command } from "commander";
import type { CommandModule } from "../command-table.ts";
import type { Io } from "../io.ts";
import { addRequestFlags, type RequestFlags } from "./request/flags.ts";
import { planRequest } from "./request/plan.ts";
import { sendRequest } from "./request/send.ts";

/** `errand [METHOD] URL [ITEM...]`, and `errand get` and its like with the method fixed. */
export function requestCommand(method: string | undefined, commands: Iterable<string>): CommandModule {
  return {
    register(command: Command, io: Io): void {
      addRequestFlags(command)
        .usage(`[options] ${method === undefined ? "[METHOD] " : ""}URL [ITEM...]`)
        .argument("[ITEM...]", "Header:value  query==value  field=value  field:=json  field@file  @body  (\\ escapes)")
        .action(async (words: readonly string[], flags: RequestFlags) => {
          const plan = await planRequest({ words, flags, method, commands }, io);
          // Rarely asked for, and a way of its own.
          const send = flags.paginate === true ? (await import("./request/paginate.ts")).sendPaginated : sendRequest;
          io.exitCode = await send(plan, flags, io);
        });
    },
  };
}
