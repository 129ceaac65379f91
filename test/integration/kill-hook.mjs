// Loaded into a command with --import: kills it, as kill -9 does, at the place that KILL_AT names.
//
//   before 7   the journal is about to commit for the seventh time: what was done is not recorded
//   after 7    it has committed
//   answer 7   after the seventh commit, the first request is answered, and the command has not heard of it yet
//
// Not killed, it tells in the file PLACES what each commit recorded of the run's steps ("patch done", else ""), and after which a request
// was answered. And it sends what is meant for Slack's Web API to the stand-in, since a deploy file cannot name another address.
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { DatabaseSync, StatementSync } from "node:sqlite";

const [side, number] = (process.env.KILL_AT ?? "").split(" ");
const at = Number(number);
const commits = [];
const answers = new Set();
let recorded = "";

function dieAt(here) {
  if (here === side && commits.length === at) process.kill(process.pid, "SIGKILL");
}

const run = Reflect.get(StatementSync.prototype, "run");
StatementSync.prototype.run = function noted(...values) {
  const [, stepId, kind, state] = values.map(String);
  if (kind === "step") recorded = `${stepId} ${state}`;
  return Reflect.apply(run, this, values);
};

const exec = Reflect.get(DatabaseSync.prototype, "exec");
DatabaseSync.prototype.exec = function counted(sql) {
  if (sql !== "COMMIT") return Reflect.apply(exec, this, [sql]);
  commits.push(recorded);
  recorded = "";
  dieAt("before");
  Reflect.apply(exec, this, [sql]);
  dieAt("after");
};

subscribe("errand:request:end", () => {
  dieAt("answer");
  answers.add(commits.length);
});

const { SLACK_API_URL, PLACES } = process.env;
if (PLACES !== undefined) process.on("exit", () => writeFileSync(PLACES, JSON.stringify({ commits, answers: [...answers] })));
if (SLACK_API_URL !== undefined) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith("/src/services/slack/slack.ts")) return loaded;
      const source = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source ?? "").toString();
      return { ...loaded, source: source.replaceAll('"https://slack.com/api"', JSON.stringify(SLACK_API_URL)) };
    },
  });
}
