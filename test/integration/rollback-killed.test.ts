import { expect, it, onTestFinished } from "vitest";
import { finished, openStage, type DeployStage } from "./deploy-stage.ts";
import { ErrandProcess } from "./errand-process.ts";

const slow = "change: { image: { web: 'web:2' } }\nrollout: { timeout: 60s, failFast: false }\n";

function rollback(stage: DeployStage): ErrandProcess {
  const args = ["rollback", "run-1", "deploy.yaml", "--yes", "--json", "--journal", "rollbacks.db"];
  const child = new ErrandProcess(args, { cwd: stage.directory });
  onTestFinished(() => child.kill("SIGKILL"));
  return child;
}

it("a rollback by hand whose process is killed goes on with the same command, under its own lease and without a second patch", async () => {
  const stage = await openStage();
  expect((await stage.deploy(slow, { args: ["--yes", "--json", "--id", "run-1"] })).exitCode).toBe(0);
  // The way back takes as long as the test wants.
  stage.kubernetes.store.setImage({ image: "web:1", behaviour: "pullError" });
  const first = rollback(stage);
  await first.event("rolloutProgress");
  first.kill("SIGKILL");
  await first.ended;
  expect(stage.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "run-1.rollback" } });
  const again = rollback(stage);
  await again.event("rolloutStarted");
  stage.kubernetes.store.setImage({ image: "web:1", behaviour: "ok" });
  const { exitCode, result } = await finished(again);
  expect({ exitCode, verdict: result.verdict, runId: result.runId, image: stage.image, writes: stage.writes.length }).toEqual({
    exitCode: 0,
    verdict: "done",
    runId: "run-1.rollback",
    image: "web:1",
    writes: 2,
  });
});
