// A flaky API: a timeout on every attempt, retries with backoff, each attempt logged, a fallback when all fail.
import { secret, bearer, Session } from "errand";

const api = new Session({
  baseUrl: process.env["FLAKY"] ?? "https://flaky.example.com",
  auth: bearer(secret("env:API_TOKEN")),
  timeout: "5s",
  deadline: "30s",
  retry: { attempts: 4, backoff: "5ms" },
  onAttempt: ({ number, status, error, stopped }) => console.log(number, status ?? error?.code, stopped ?? "again"),
});

const quota = await api.get("/flaky", { params: { fail: 9, key: "example" }, fallback: { limit: 100 } }).json<{ limit: number }>();
console.log(quota.limit);
await api.close();
// prints: 1 503 again
// prints: 2 503 again
// prints: 3 503 again
// prints: 4 503 attempts
// prints: 100
