// A person decides in the middle of a run, which waits for days if need be:
//   errand run examples/approve-release.ts --input '{"version":"1.8.2"}' --id release-1.8.2
//   errand runs approve release-1.8.2          (or: errand runs reject release-1.8.2)
import { Session } from "errand";
import { flow } from "errand/flow";

interface Verdict {
  readonly approved: boolean;
  readonly by: string;
}

const api = new Session({ baseUrl: process.env["API"] ?? "https://api.example.com", timeout: "10s" });

export default flow("approve-release", async (run, { version }: { version: string }) => {
  const draft = await run.step("draft", () =>
    api.post("/posts", { json: { title: `Release ${version}` }, idempotencyKey: true }).json<{ id: number }>(),
  );
  // Ctrl-C, a reboot, a new terminal: the run of this id still waits here.
  const { approved, by } = await run.signal<Verdict>("approve");
  if (!approved) {
    await run.step("withdraw", () => api.delete(`/posts/${draft.id}`).then(({ status }) => status));
    return `${version} was rejected by ${by}`;
  }
  await run.step("publish", () => api.patch(`/posts/${draft.id}`, { json: { published: true } }).then(({ status }) => status));
  return `${version} was approved by ${by}`;
});
