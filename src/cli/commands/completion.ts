import { Command } from "commander";
import type { CommandEntry, CommandModule } from "../command-table.ts";
import type { Io } from "../io.ts";
import { renderCompletion, type CompletedCommand, type Shell } from "../output/completion.ts";
import { UsageError } from "../usage-error.ts";

const shells: readonly Shell[] = ["bash", "zsh", "fish"];

/** `errand completion SHELL`: what the shell loads to complete commands and options, made from the commands themselves. */
export function completionCommand(commands: ReadonlyMap<string, CommandEntry>, bare: CommandEntry): CommandModule {
  return {
    register(command: Command, io: Io): void {
      command.argument("<shell>", shells.join(", ")).action(async (typed: string) => {
        const shell = shells.find((one) => one === typed);
        if (shell === undefined)
          throw new UsageError(`there is no completion for ${typed}`, {
            hint: `There is one for ${shells.join(", ")}, e.g. source <(errand completion bash)`,
          });
        const described = await Promise.all([...commands].map(([name, entry]) => describe(name, entry, io)));
        io.stdout.print(renderCompletion(shell, described, await describe("", bare, io)));
      });
    },
  };
}

async function describe(name: string, entry: CommandEntry, io: Io): Promise<CompletedCommand> {
  const command = new Command(name);
  (await entry.load()).register(command, io);
  return {
    name,
    summary: entry.summary,
    words: [...command.commands.map((inner) => inner.name()), ...(name === "completion" ? shells : [])],
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, short, description, flags, argChoices, required, optional }) => ({
        long: long ?? "",
        short,
        description,
        takesValue: required || optional,
        choices: argChoices ?? [],
        isFile: /<(?:file|path)>/.test(flags),
      })),
  };
}
