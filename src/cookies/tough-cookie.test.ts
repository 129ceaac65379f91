import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

describe("the cookie library", () => {
  it("is loaded with the first Set-Cookie line, not before", () => {
    const script = `
      import { createRequire } from "node:module";
      import { CookieJar, responseCookies } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("tough-cookie"));
      const jar = new CookieJar();
      responseCookies("a=1");
      jar.header(new URL("https://h/"));
      jar.store(new URL("https://h/"), undefined);
      const before = loaded();
      jar.store(new URL("https://h/"), "a=1");
      console.log(before, loaded(), jar.header(new URL("https://h/")));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(output.trim()).toBe("false true a=1");
  });
});
