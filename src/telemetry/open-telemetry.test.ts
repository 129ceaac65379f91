import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { server } from "../../test/test-session.ts";

const client = JSON.stringify(new URL("../client/index.ts", import.meta.url).href);

/** What a program prints in a process of its own, where nobody else has loaded the package. */
async function run(code: string): Promise<string> {
  const script = `import Module, { createRequire } from "node:module"; import { Session } from ${client}; ${code}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return stdout.trim();
}

describe("OpenTelemetry's package", () => {
  it("is loaded with the first request that is traced, not before, and never without the option", async () => {
    const api = await server();
    api.on("GET /").reply();
    const url = JSON.stringify(api.url);
    const output = await run(`
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("opentelemetry"));
      const plain = new Session();
      const traced = new Session({ tracing: true });
      await plain.get(${url});
      const before = loaded();
      await traced.get(${url});
      console.log(before, loaded());
      await Promise.all([plain.close(), traced.close()]);`);
    expect(output).toBe("false true");
  });

  it("is asked for by name where it is not installed, when the session is made", async () => {
    const output = await run(`
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (name, ...rest) => {
        if (name === "@opentelemetry/api") throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
        return resolve(name, ...rest);
      };
      try { new Session({ tracing: true }); } catch (error) { console.log([error.code, error.message, error.hint].join("; ")); }`);
    expect(output).toBe(
      "ERR_PEER_MISSING; tracing needs the package @opentelemetry/api, which is not installed; npm install @opentelemetry/api@1",
    );
  });
});
