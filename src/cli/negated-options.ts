import { Option, type Command } from "commander";

/**
 * Gives every option its `--no-OPTION`, which makes as if it had not been given, and every `--no-OPTION` its opposite. Not in the help, where
 * they would be noise.
 */
export function addNegations(command: Command): void {
  // The opposites are added while this runs: they find theirs, and stay as they are.
  for (const option of command.options) {
    const opposite = option.negate ? option.long?.replace(/^--no-/, "--") : option.long?.replace(/^--/, "--no-");
    if (opposite === undefined || command.options.some(({ long }) => long === opposite)) continue;
    const added = new Option(opposite).hideHelp();
    // A lone --no-verify is true by default; with its opposite beside it commander would leave it open.
    command.addOption(option.negate ? added.default(true) : added);
    if (!option.negate) command.hook("preAction", () => reset(command, option));
  }
  for (const inner of command.commands) addNegations(inner);
}

function reset(command: Command, option: Option): void {
  const name = option.attributeName();
  if (command.getOptionValue(name) === false) command.setOptionValueWithSource(name, option.defaultValue, "default");
}
