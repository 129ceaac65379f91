// All users, each one's posts, counts, a summary; network errors are survived one by one.
import { isRequestError, Session } from "errand";

interface User {
  readonly id: number;
  readonly name: string;
}

const api = new Session({ baseUrl: process.env["API"] ?? "https://api.example.com", timeout: "10s" });

const users = await api.get("/users").json<User[]>();
let total = 0;
let failed = 0;
for (const { id, name } of users) {
  try {
    const posts = await api.get("/posts", { params: { userId: id } }).json<unknown[]>();
    total += posts.length;
  } catch (error) {
    if (!isRequestError(error)) throw error;
    failed += 1;
    console.error(`${name}: ${error.message}`);
  }
}
console.log(`${users.length} users, ${total} posts, ${failed} failed`);
await api.close();
// prints: 10 users, 100 posts, 0 failed
