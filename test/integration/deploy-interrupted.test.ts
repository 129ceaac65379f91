import { describe, expect, it } from "vitest";
import { finished, image2, openStage, type DeployStage, until } from "./deploy-stage.ts";

/** Pods of web:slow come up in 600 ms, one after the other: time enough for something to happen. */
function openSlow(): Promise<DeployStage> {
  return openStage({ images: [{ image: "web:slow", behaviour: "slow", readyMs: 6000 }] });
}

const slowly = "change: { image: { web: 'web:slow' } }\nrollout: { timeout: 30s }\n";

describe("x", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("y %s", async (signal) => {
    const stage = await openSlow();
    const child = await stage.start(slowly, { args: ["--yes", "--json", "--id", "run-1"] });
    await child.event("rolloutProgress");
    child.kill(signal);
    const { exitCode, result, stderr } = await finished(child);
    console.log(exitCode, result.reason, result.next, stderr);
    const again = await stage.deploy(slowly, { args: ["--yes", "--json", "--id", "run-1"] });
    console.log(again.exitCode, again.result.reason, stage.revision, stage.writes.length, again.events.map((e) => e.type).join());
  });
  it("human", async () => {
    const stage = await openSlow();
    const child = await stage.start(slowly, { args: ["--yes"] });
    await until(() => stage.writes.length === 1, "patch");
    child.kill("SIGINT");
    console.log(await child.ended);
  });
  it("head", async () => {
    const stage = await openSlow();
    const child = await stage.start(slowly);
    await child.event("rolloutProgress");
    child.stopReading();
    console.log(await child.ended, stage.image, stage.live.status);
  });
  it("closed", async () => {
    const stage = await openSlow();
    const child = await stage.start(slowly, { stdout: "closed" });
    console.log(await child.ended, stage.image, stage.live.status);
  });
  it("plan", async () => {
    const stage = await openSlow();
    const before = stage.mark;
    console.log(await (await stage.start(slowly, { args: ["--plan"] })).ended, stage.mark === before, stage.writes.map(({query}) => query));
    console.log(await (await stage.start(slowly, { args: [] })).ended, stage.mark === before, stage.kubernetes.requests.length);
  });
});
