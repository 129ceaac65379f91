export type Shell = "bash" | "zsh" | "fish";

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** Empty for a request without a command's name. */
  readonly name: string;
  readonly summary: string;
  /** What may stand first, such as subcommands. */
  readonly words: readonly string[];
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly isFile: boolean;
}

/** The script that a shell loads. */
export function renderCompletion(shell: Shell, commands: readonly CompletedCommand[], bare: CompletedCommand): string {
  if (shell === "bash") return bash(commands, bare);
  return shell === "zsh" ? zsh(commands, bare) : fish(commands, bare);
}

function bash(commands: readonly CompletedCommand[], bare: CompletedCommand): string {
  const all = [...commands, bare].flatMap(({ options }) => options);
  const names = (options: readonly CompletedOption[]): string =>
    [...new Set(options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]))].join("|");
  const chosen = new Map(all.filter(({ choices }) => choices.length > 0).map((option) => [option.long, option]));
  const line = ({ name, options, words }: CompletedCommand): string =>
    `    ${name === "" ? "*" : name}) options=${quote(options.map(({ long }) => long).join(" "))} words=${quote(words.join(" "))} ;;`;
  return `# source <(errand completion bash)
_errand() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" options words
  case "$before" in
${[...chosen].map(([long, { choices }]) => `    ${long}) COMPREPLY=($(compgen -W ${quote(choices.join(" "))} -- "$word")); return ;;`).join("\n")}
    ${names(all.filter(({ isFile }) => isFile))}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${names(all.filter(({ takesValue, isFile, choices }) => takesValue && !isFile && choices.length === 0))}) return ;;
  esac
  if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
    COMPREPLY=($(compgen -W ${quote(commands.map(({ name }) => name).join(" "))} -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${[...commands, bare].map(line).join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options --help" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _errand errand`;
}

function zsh(commands: readonly CompletedCommand[], bare: CompletedCommand): string {
  const spec = ({ long, short, description, takesValue, choices, isFile }: CompletedOption): string => {
    const value = !takesValue ? "" : `:value:${isFile ? "_files" : choices.length > 0 ? `(${choices.join(" ")})` : ""}`;
    const text = `[${description.replaceAll(/[[\]\\:]/g, "\\$&")}]${value}`;
    return [long, ...(short === undefined ? [] : [short])].map((flag) => quote(`*${flag}${text}`)).join(" ");
  };
  const branch = ({ name, options, words }: CompletedCommand): string => {
    const rest = words.length > 0 ? `'1:word:(${words.join(" ")})' '*:file:_files'` : "'*:item:_files'";
    return `    ${name === "" ? "*" : name}) _arguments -s ${options.map(spec).join(" ")} ${rest} ;;`;
  };
  return `#compdef errand
# errand completion zsh > a file _errand in a folder of $fpath
_errand() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  if ((CURRENT == 2)) && [[ \${words[2]} != -* ]]; then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  case $command in
    ${commands.map(({ name }) => name).join("|")}) shift words; ((CURRENT--)) ;;
  esac
  case $command in
${[...commands, bare].map(branch).join("\n")}
  esac
}
# Loaded from $fpath it is the function's body, sourced it is a definition.
if [[ $funcstack[1] == _errand ]]; then _errand "$@"; else compdef _errand errand; fi`;
}

function fish(commands: readonly CompletedCommand[], bare: CompletedCommand): string {
  const option = (condition: string, { long, short, description, takesValue, choices, isFile }: CompletedOption): string =>
    [
      `complete -c errand -n ${quote(condition)} -l ${long.replace(/^--/, "")}`,
      ...(short === undefined ? [] : [`-s ${short.replace(/^-/, "")}`]),
      ...(takesValue ? [isFile ? "-r -F" : "-x"] : []),
      ...(choices.length > 0 ? [`-a ${quote(choices.join(" "))}`] : []),
      `-d ${quote(description)}`,
    ].join(" ");
  const names = commands.map(({ name }) => name).join(" ");
  const isBare = `not __fish_seen_subcommand_from ${names}`;
  return [
    "# errand completion fish | source",
    ...commands.map(({ name, summary }) => `complete -c errand -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`),
    ...commands.flatMap(({ name, options, words }) => [
      ...options.map((one) => option(`__fish_seen_subcommand_from ${name}`, one)),
      ...words.map((word) => `complete -c errand -n ${quote(`__fish_seen_subcommand_from ${name}`)} -f -a ${word}`),
    ]),
    ...bare.options.map((one) => option(isBare, one)),
  ].join("\n");
}

/** One word for any of the shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
