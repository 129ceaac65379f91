import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadDeployFile } from "../../src/deploy/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each(["README.md", "docs/guide/deploy.md"])("the deploy file of %s is valid", async (document) => {
  const text = /^```yaml\n(?<file>[\s\S]*?version: 1[\s\S]*?)^```$/m.exec(readFileSync(join(root, document), "utf8"))?.groups?.["file"];
  const folder = await mkdtemp(join(tmpdir(), "errand-docs-"));
  try {
    await writeFile(join(folder, "deploy.yaml"), text ?? "");
    const file = await loadDeployFile(join(folder, "deploy.yaml"));
    expect(file.target).toEqual({ namespace: "shop", deployment: "web" });
    expect(file.before).toHaveLength(3);
    expect(file.after?.checks).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("examples/deploy.yaml is valid", async () => {
  expect((await loadDeployFile(join(root, "examples/deploy.yaml"))).onFailure).toBe("rollback");
});
