import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { finished, heldImage, image2, openStage, type DeployStage } from "./deploy-stage.ts";
import { errand, type Outcome } from "./errand-process.ts";
import { deployerRules, pluginRuns, pluginUser, strangeAuthority, writeKubeconfig, writePlugin } from "./kubeconfig-file.ts";
import { until } from "./until.ts";

const deployer = { user: "ci-deployer", groups: ["deployers"] };
const token = "token-of-the-deployer";
const renewed = "another-token-of-the-deployer";
const readerToken = "token-of-a-reader";

/** A cluster that speaks HTTPS, with deployers who may do what a deploy needs, and readers who may do the same without the patch. */
function openHttps(): Promise<DeployStage> {
  const tokens = { [token]: deployer, [renewed]: deployer, [readerToken]: { user: "reader", groups: ["readers"] } };
  const readerRules = deployerRules.map((rule) => ({
    ...rule,
    subjects: ["readers"],
    verbs: rule.verbs.filter((verb) => verb !== "patch"),
  }));
  return openStage({ tls: true, tokens, rules: [...deployerRules, ...readerRules] });
}

function pods(stage: DeployStage, args: readonly string[] = []): Promise<Outcome> {
  return errand(["pods", ...args], { cwd: stage.directory, env: { KUBECONFIG: "kubeconfig" } });
}

async function certificate(stage: DeployStage, name: string): Promise<{ readonly certPem: string; readonly keyPem: string }> {
  return stage.kubernetes.clientCertificate({ name, groups: ["deployers"] });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

interface Way {
  readonly title: string;
  /** Whom the server must see. */
  readonly user: string;
  /** The kubeconfig's user entry. */
  readonly prepare: (stage: DeployStage) => Promise<object>;
}

const ways: readonly Way[] = [
  {
    title: "a client certificate in files",
    user: "cert-deployer",
    prepare: async (stage) => {
      const { certPem, keyPem } = await certificate(stage, "cert-deployer");
      await stage.write("tls/client.pem", certPem);
      await stage.write("tls/client.key", keyPem);
      return { "client-certificate": "tls/client.pem", "client-key": "tls/client.key" };
    },
  },
  {
    title: "a client certificate in the kubeconfig",
    user: "cert-deployer",
    prepare: async (stage) => {
      const { certPem, keyPem } = await certificate(stage, "cert-deployer");
      return { "client-certificate-data": base64(certPem), "client-key-data": base64(keyPem) };
    },
  },
  { title: "a token", user: "ci-deployer", prepare: async () => ({ token }) },
  {
    title: "a token file",
    user: "ci-deployer",
    prepare: async (stage) => {
      await stage.write("run/token", `${token}\n`);
      return { tokenFile: "run/token" };
    },
  },
  {
    title: "a credential plugin (v1)",
    user: "ci-deployer",
    prepare: async (stage) => {
      await writePlugin(stage, { answers: [{ token }] });
      return pluginUser();
    },
  },
  {
    title: "a credential plugin (v1beta1)",
    user: "ci-deployer",
    prepare: async (stage) => {
      await writePlugin(stage, { version: "v1beta1", answers: [{ token }] });
      return pluginUser({ version: "v1beta1" });
    },
  },
  {
    title: "a credential plugin that gives a client certificate",
    user: "plugin-deployer",
    prepare: async (stage) => {
      const { certPem, keyPem } = await certificate(stage, "plugin-deployer");
      await writePlugin(stage, { answers: [{ clientCertificateData: certPem, clientKeyData: keyPem }] });
      return pluginUser();
    },
  },
];

describe("a deploy over HTTPS, with the permissions of one Role", () => {
  it.each(ways)("is carried out with $title, and so is errand pods", async ({ user, prepare }) => {
    const stage = await openHttps();
    await writeKubeconfig(stage, { user: await prepare(stage) });
    const { exitCode, stderr, result, stdout } = await stage.deploy(image2);
    expect({ exitCode, stderr, verdict: result.verdict, findings: result.findings }).toEqual({
      exitCode: 0,
      stderr: "",
      verdict: "done",
      findings: [],
    });
    expect(stage.image).toBe("web:2");
    expect(stage.live.status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
    expect(stdout).not.toContain(token);
    const listed = await pods(stage, ["--json"]);
    expect({ exitCode: listed.exitCode, stderr: listed.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect((JSON.parse(listed.stdout) as { status: string }[]).filter(({ status }) => status === "Running")).toHaveLength(3);
    expect(stage.users).toEqual([user]);
  });

  it("runs the credential plugin once, and tells it of the cluster when it asks for that", async () => {
    const stage = await openHttps();
    await writePlugin(stage, { answers: [{ token }] });
    await writeKubeconfig(stage, { user: pluginUser({ provideClusterInfo: true, env: [{ name: "NODE_OPTIONS", value: "" }] }) });
    expect(await stage.deploy(image2)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await pluginRuns(stage)).toBe(1);
    const cluster = { server: stage.kubernetes.url, "certificate-authority-data": base64(stage.kubernetes.caPem ?? "") };
    const info: unknown = JSON.parse(await readFile(join(stage.directory, "plugin.info"), "utf8"));
    expect(info).toMatchObject({
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1",
      spec: { interactive: false, cluster },
    });
  });
});

describe("credentials that are renewed in the middle of a rollout", () => {
  const refusals = (stage: DeployStage): number => stage.kubernetes.requests.filter(({ status }) => status === 401).length;

  it("fetches a plugin's credential anew when it expires, before the server refuses it", async () => {
    const stage = await openHttps();
    await writePlugin(stage, { answers: [{ token, expiresInMs: 1000 }, { token: renewed }] });
    await writeKubeconfig(stage, { user: pluginUser() });
    const child = await stage.start(heldImage);
    await until(async () => stage.writes.length === 1 && (await pluginRuns(stage)) === 2, "the plugin's second run");
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(refusals(stage)).toBe(0);
    const used = new Set(stage.kubernetes.requests.map(({ headers }) => headers.authorization));
    expect([...used]).toEqual([`Bearer ${token}`, `Bearer ${renewed}`]);
  });

  it("asks a plugin again when the server refuses its token", async () => {
    const stage = await openHttps();
    await writePlugin(stage, { answers: [{ token }, { token: "rotated-token" }] });
    await writeKubeconfig(stage, { user: pluginUser() });
    const child = await stage.start(heldImage);
    await until(() => stage.writes.length === 1, "the patch");
    stage.kubernetes.store.rotateToken(token, "rotated-token");
    await until(() => refusals(stage) > 0, "the first refusal");
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await pluginRuns(stage)).toBe(2);
  });

  it("reads a token file again when the server refuses its token", async () => {
    const stage = await openHttps();
    await stage.write("token", token);
    await writeKubeconfig(stage, { user: { tokenFile: "token" } });
    const child = await stage.start(heldImage);
    await until(() => stage.writes.length === 1, "the patch");
    await stage.write("token", "rotated-token");
    stage.kubernetes.store.rotateToken(token, "rotated-token");
    await until(() => refusals(stage) > 0, "the first refusal");
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(stage.live.status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
  });
});

interface Refusal {
  readonly title: string;
  readonly prepare: (stage: DeployStage) => Promise<void>;
  /** What the deploy says of the cause. */
  readonly reason: RegExp;
  /** What it says to do about it. */
  readonly next: RegExp;
  /** Of `errand pods`; undefined: it may be done. */
  readonly pods: { readonly exitCode: number; readonly code: string } | undefined;
}

const untrusted = { exitCode: 7, code: "ERR_TLS_UNTRUSTED" };

const refusals: readonly Refusal[] = [
  {
    title: "a kubeconfig with another cluster's authority",
    prepare: async (stage) => {
      await stage.write("strange.pem", await strangeAuthority());
      await writeKubeconfig(stage, { user: { token }, cluster: { "certificate-authority": "strange.pem" } });
    },
    reason: /certificate comes from an authority this machine does not trust: CN=errand playground CA/,
    next: /certificate/,
    pods: untrusted,
  },
  {
    title: "a kubeconfig without the authority",
    prepare: (stage) => writeKubeconfig(stage, { user: { token }, cluster: {} }),
    reason: /certificate comes from an authority this machine does not trust/,
    next: /certificate/,
    pods: untrusted,
  },
  {
    title: "a server that has another name",
    prepare: (stage) =>
      writeKubeconfig(stage, {
        user: { token },
        cluster: { "certificate-authority": "ca.pem", "tls-server-name": "kubernetes.example.com" },
      }),
    reason: /certificate is not for kubernetes\.example\.com but for localhost, 127\.0\.0\.1/,
    next: /name the certificate lists/,
    pods: { exitCode: 7, code: "ERR_TLS_HOSTNAME" },
  },
  {
    title: "nobody's credentials",
    prepare: (stage) => writeKubeconfig(stage, { user: {} }),
    reason: /answered 403 Forbidden: .*"system:anonymous" cannot get resource "deployments"/,
    next: /does not know who is calling/,
    pods: { exitCode: 1, code: "ERR_KUBERNETES" },
  },
  {
    title: "a token that the server does not know",
    prepare: (stage) => writeKubeconfig(stage, { user: { token: "token-of-nobody" } }),
    reason: /answered 401 Unauthorized/,
    next: /credentials are missing, wrong or expired/,
    pods: { exitCode: 1, code: "ERR_KUBERNETES" },
  },
  {
    title: "a user who may not patch",
    prepare: (stage) => writeKubeconfig(stage, { user: { token: readerToken } }),
    reason: /^no permission to patch deployments\.apps in namespace shop$/,
    next: /kubectl auth can-i patch deployments\.apps -n shop/,
    pods: undefined,
  },
  {
    title: "a credential plugin that is not installed",
    prepare: (stage) =>
      writeKubeconfig(stage, {
        user: pluginUser({ command: "errand-no-such-plugin", installHint: "Install it with: apt install plugin" }),
      }),
    reason: /credential plugin errand-no-such-plugin is not installed/,
    next: /apt install plugin/,
    pods: { exitCode: 1, code: "ERR_CREDENTIAL_PLUGIN" },
  },
  {
    title: "a credential plugin of another version",
    prepare: async (stage) => {
      await writePlugin(stage, { version: "v1beta1", answers: [{ token }] });
      await writeKubeconfig(stage, { user: pluginUser({ version: "v1" }) });
    },
    reason: /printed another apiVersion than the client\.authentication\.k8s\.io\/v1/,
    next: /Update the plugin, or the kubeconfig/,
    pods: { exitCode: 1, code: "ERR_CREDENTIAL_PLUGIN" },
  },
];

describe("a deploy over HTTPS that must not begin", () => {
  it.each(refusals)("changes nothing and says what to do with $title", async ({ prepare, reason, next, pods: expected }) => {
    const stage = await openHttps();
    await prepare(stage);
    const before = stage.mark;
    const [deployed, listed] = await Promise.all([stage.deploy(image2), pods(stage)]);
    const { exitCode, result, stdout, stderr } = deployed;
    expect({ exitCode, verdict: result.verdict, mark: stage.mark, writes: stage.writes }).toEqual({
      exitCode: 10,
      verdict: "blocked",
      mark: before,
      writes: [],
    });
    expect(result.reason).toMatch(reason);
    expect(result.next).toMatch(next);
    expect(listed.exitCode).toBe(expected?.exitCode ?? 0);
    expect(listed.stderr).toContain(expected?.code ?? "");
    for (const output of [stdout, stderr, listed.stdout, listed.stderr]) expect(output).not.toMatch(/token-of-|another-token/);
  });
});
