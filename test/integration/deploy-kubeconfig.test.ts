import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { image2, openStage, type DeployStage } from "./deploy-stage.ts";
import { errand } from "./errand-process.ts";
import { strangeAuthority, writeKubeconfig } from "./kubeconfig-file.ts";

const token = "token-of-the-administrator";

function openHttps(cluster?: string): Promise<DeployStage> {
  return openStage({
    tls: true,
    tokens: { [token]: { user: "admin", groups: ["system:masters"] } },
    ...(cluster === undefined ? {} : { cluster }),
  });
}

interface Parts {
  readonly clusters?: Readonly<Record<string, object>>;
  readonly users?: Readonly<Record<string, object>>;
  readonly contexts?: Readonly<Record<string, object>>;
  readonly current?: string;
}

/** A piece of a kubeconfig that others complete. */
async function writePiece(stage: DeployStage, path: string, { clusters = {}, users = {}, contexts = {}, current }: Parts): Promise<void> {
  const named = (key: string, entries: Readonly<Record<string, object>>): object[] =>
    Object.entries(entries).map(([name, entry]) => ({ name, [key]: entry }));
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: named("cluster", clusters),
    users: named("user", users),
    contexts: named("context", contexts),
  };
  await stage.write(path, stringify(current === undefined ? config : { ...config, "current-context": current }));
}

/** Cluster and authority in one directory, the user and its token file in another, the contexts in a third file. */
async function writeThree(stage: DeployStage): Promise<string> {
  const { url, caPem = "" } = stage.kubernetes;
  await stage.write("clusters/pki/ca.pem", caPem);
  await stage.write("people/run/token", token);
  await writePiece(stage, "clusters/config", { clusters: { prod: { server: url, "certificate-authority": "pki/ca.pem" } } });
  await writePiece(stage, "people/config", {
    users: { me: { tokenFile: "run/token" } },
    contexts: { prod: { cluster: "prod", user: "me", namespace: "shop" } },
  });
  // An entry that has been seen already counts for nothing, its other fields neither.
  await writePiece(stage, "late", {
    clusters: { prod: { server: "https://127.0.0.1:1" } },
    users: { me: { token: "token-of-nobody" } },
    contexts: { prod: { cluster: "prod", user: "me", namespace: "elsewhere" } },
    current: "prod",
  });
  return "clusters/config:people/config:no-such-file:late";
}

describe("a list in KUBECONFIG, with relative paths", () => {
  it("is merged as kubectl does: the first to name something wins, and paths start at their own file", async () => {
    const stage = await openHttps("{ context: prod }");
    const KUBECONFIG = await writeThree(stage);
    const { exitCode, stderr, result } = await stage.deploy(image2, { env: { KUBECONFIG } });
    expect({ exitCode, stderr, cluster: result.cluster, image: stage.image }).toEqual({
      exitCode: 0,
      stderr: "",
      cluster: `prod (${stage.kubernetes.url})`,
      image: "web:2",
    });
    const pods = await errand(["pods"], { cwd: stage.directory, env: { KUBECONFIG } });
    expect(pods).toMatchObject({ exitCode: 0, stderr: "" });
    expect(pods.stdout.match(/Running/g)).toHaveLength(3);
    expect(stage.users).toEqual(["admin"]);
  });

  it("works from any directory, where the file names its kubeconfig by itself", async () => {
    const stage = await openHttps("{ kubeconfig: ../cluster/kubeconfig }");
    await writeKubeconfig(stage, { user: { token }, path: "cluster/kubeconfig" });
    const text = `version: 1\ncluster: { kubeconfig: ../cluster/kubeconfig }\ntarget: { namespace: shop, deployment: web }\n${image2}`;
    const path = await stage.write("deploys/web.yaml", text);
    expect(await errand(["deploy", path, "--yes"], { cwd: "/", env: { ERRAND_HOME: stage.directory } })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^done: 3 of 3 pods available/),
    });
    expect(stage.image).toBe("web:2");
  });

  it("takes the context of the command line instead of the file's", async () => {
    const stage = await openHttps("{ context: nowhere }");
    const KUBECONFIG = await writeThree(stage);
    const args = ["--yes", "--json", "--context", "prod"];
    expect(await stage.deploy(image2, { env: { KUBECONFIG }, args })).toMatchObject({ exitCode: 0, result: { verdict: "done" } });
  });

  it.each([
    [
      "a context that is in none of the files",
      "{ context: porduction }",
      async (stage: DeployStage) => writeThree(stage),
      /has no context "porduction"; contexts: prod \(ERR_KUBECONFIG\)/,
    ],
    [
      "files of which none exists",
      "{ context: prod }",
      async () => "no/file:none/either",
      /no kubeconfig found: \$KUBECONFIG names .*no\/file, .*none\/either/,
    ],
  ])("says what is wrong with %s, and asks no server", async (_title, cluster, prepare, message) => {
    const stage = await openHttps(cluster);
    const child = await stage.start(image2, { env: { KUBECONFIG: await prepare(stage) } });
    const { exitCode, stdout, stderr } = await child.ended;
    expect({ exitCode, stdout, requests: stage.kubernetes.requests }).toEqual({ exitCode: 64, stdout: "", requests: [] });
    expect(stderr).toMatch(message);
  });
});

describe("whom a cluster's certificate is trusted by", () => {
  it("trusts the authorities of the environment where the kubeconfig has none", async () => {
    const stage = await openHttps();
    await writeKubeconfig(stage, { user: { token }, cluster: {} });
    for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
      const env = { KUBECONFIG: "kubeconfig", [name]: join(stage.directory, "ca.pem") };
      expect(await errand(["pods"], { cwd: stage.directory, env }), name).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });

  it("trusts the kubeconfig's authority and nobody else, whatever the environment adds", async () => {
    const stage = await openHttps();
    await stage.write("strange.pem", await strangeAuthority());
    await writeKubeconfig(stage, { user: { token }, cluster: { "certificate-authority": "strange.pem" } });
    const ca = join(stage.directory, "ca.pem");
    const before = stage.mark;
    const { exitCode, result } = await stage.deploy(image2, { env: { SSL_CERT_FILE: ca, NODE_EXTRA_CA_CERTS: ca } });
    expect({ exitCode, mark: stage.mark, requests: stage.kubernetes.requests }).toEqual({ exitCode: 10, mark: before, requests: [] });
    expect(result.reason).toMatch(/an authority this machine does not trust/);
  });

  it("looks at no certificate where the kubeconfig says so, and warns once", async () => {
    const stage = await openHttps();
    await writeKubeconfig(stage, { user: { token }, cluster: { "insecure-skip-tls-verify": true } });
    const { exitCode, stderr } = await stage.deploy(image2);
    expect({ exitCode, image: stage.image }).toEqual({ exitCode: 0, image: "web:2" });
    expect(stderr).toContain(stage.kubernetes.url);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
