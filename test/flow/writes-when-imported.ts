import { setImmediate } from "node:timers/promises";
import { Session } from "../../src/client/index.ts";

const session = new Session();
const post = (): Promise<unknown> =>
  session.post("http://writes.invalid/one").then(
    () => "sent",
    (error: { code: string }) => error.code,
  );

await setImmediate();
/** What came of the first request of this module. */
export const first = await post();
await session.put("http://writes.invalid/two").catch(() => undefined);
await session.close();
