// A post that is published once, whatever happens to this process:
//   errand run examples/publish-post.ts --input '{"title":"Hello"}' --id hello-1
import { Session } from "errand";
import { flow } from "errand/flow";

interface Post {
  readonly id: number;
  readonly title: string;
}

const api = new Session({ baseUrl: process.env["API"] ?? "https://api.example.com", timeout: "10s" });

export const publishPost = flow("publish-post", async (run, { title }: { title: string }) => {
  const readers = await run.step("readers", () => api.get("/users", { params: { _limit: 3 } }).json<{ id: number }[]>());
  const post = await run.step("create", () => api.post("/posts", { json: { title } }).json<Post>(), {
    // Whether it is there can be found out: nobody has to be asked.
    onUncertain: async ({ signal }) => {
      const [found] = await api.get("/posts", { params: { title }, signal }).json<Post[]>();
      return found === undefined ? "repeat" : { result: found };
    },
  });
  const told = await run.map(
    "tell",
    readers,
    (branch, { id }) =>
      branch.step("comment", () => api.post("/comments", { json: { postId: post.id, name: `for reader ${id}` } }).json<{ id: number }>(), {
        // One comment too few is better than two of a kind.
        onUncertain: "skip",
      }),
    { concurrency: 2 },
  );
  return { post: post.id, told: told.length };
});
