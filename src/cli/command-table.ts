import type { Command } from "commander";
import type { Io } from "./io.ts";

/** What a file of commands/ exports; see program.ts. */
export interface CommandModule {
  register(command: Command, io: Io): void;
}

/** One line of `errand --help`, and how to load what it names. */
export interface CommandEntry {
  readonly group: "Requests" | "Services" | "Runs" | "Try and learn";
  readonly summary: string;
  /** The config file's default options are those of requests. */
  readonly takesDefaults?: true;
  /** Imports the command's file: nothing is loaded for commands that are not asked for. */
  readonly load: () => Promise<CommandModule>;
}

/** `errand [METHOD] URL [ITEM...]`, without a command's name. */
export const bareRequest: CommandEntry = {
  group: "Requests",
  summary: "send a request and show the answer",
  takesDefaults: true,
  load: async () => (await import("./commands/request.ts")).requestCommand(undefined, commandTable.keys()),
};

const verb = (method: string): CommandEntry => ({
  group: "Requests",
  summary: `send ${/^[AEIOU]/.test(method) ? "an" : "a"} ${method} request`,
  takesDefaults: true,
  load: async () => (await import("./commands/request.ts")).requestCommand(method, commandTable.keys()),
});

/** Every command by name, in the order of the help. */
export const commandTable: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ["get", verb("GET")],
  ["post", verb("POST")],
  ["put", verb("PUT")],
  ["patch", verb("PATCH")],
  ["delete", verb("DELETE")],
  ["head", verb("HEAD")],
  ["options", verb("OPTIONS")],
  [
    "download",
    {
      group: "Requests",
      summary: "fetch a file: resumed, checked, never half",
      takesDefaults: true,
      load: () => import("./commands/download.ts"),
    },
  ],
  ["wait", { group: "Requests", summary: "poll a URL until it answers", load: () => import("./commands/wait.ts") }],
  ["doctor", { group: "Requests", summary: "why a URL cannot be reached, and what to do", load: () => import("./commands/doctor.ts") }],
  ["pods", { group: "Services", summary: "list or watch the pods of a namespace", load: () => import("./commands/pods.ts") }],
  ["deploy", { group: "Services", summary: "change a Deployment, guarded by checks", load: () => import("./commands/deploy.ts") }],
  ["rollback", { group: "Services", summary: "take back what a deploy changed", load: () => import("./commands/rollback.ts") }],
  ["run", { group: "Runs", summary: "run a flow from a module, resumable", load: () => import("./commands/run.ts") }],
  ["runs", { group: "Runs", summary: "list, show, cancel, approve recorded runs", load: () => import("./commands/runs.ts") }],
  [
    "demo",
    { group: "Try and learn", summary: "the guarded deployment, start to end, on this machine", load: () => import("./commands/demo.ts") },
  ],
  [
    "playground",
    { group: "Try and learn", summary: "embedded APIs on loopback to try things on", load: () => import("./commands/playground.ts") },
  ],
  [
    "posts",
    { group: "Try and learn", summary: "users, their posts, counts: a small script's worth", load: () => import("./commands/posts.ts") },
  ],
  ["new", { group: "Try and learn", summary: "write a script to start from", load: () => import("./commands/new.ts") }],
  ["explain", { group: "Try and learn", summary: "what an error code means and what to do", load: () => import("./commands/explain.ts") }],
  [
    "completion",
    {
      group: "Try and learn",
      summary: "the script by which bash, zsh or fish complete errand",
      load: async () => (await import("./commands/completion.ts")).completionCommand(commandTable, bareRequest),
    },
  ],
]);
