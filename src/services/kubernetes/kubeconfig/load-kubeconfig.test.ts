import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../../test/property-runs.ts";
import { stringify } from "yaml";
import { isConfigError } from "../../../errors/index.ts";
import { openSecret, type Secret } from "../../../secrets/index.ts";
import { loadKubeconfig } from "./load-kubeconfig.ts";
import { resolveContext } from "./resolve-context.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-kubeconfig-"));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
/** Writes a file of its own directory and gives its path. */
function write(content: string | object, name = "config"): string {
  const folder = join(directory, String((count += 1)));
  mkdirSync(folder);
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : stringify(content));
  return file;
}

const PEM = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function config(change: { cluster?: object; user?: object; context?: object } = {}): object {
  return {
    "current-context": "dev",
    contexts: [{ name: "dev", context: { cluster: "c", user: "u", ...change.context } }],
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...change.cluster } }],
    users: [{ name: "u", user: { ...change.user } }],
  };
}

function load(content: string | object, context?: string) {
  return resolveContext(loadKubeconfig({ kubeconfig: write(content) }), context);
}

function failure(action: () => unknown): { message: string; hint?: string; file?: string; line?: number; column?: number } {
  try {
    action();
  } catch (error) {
    if (isConfigError(error) && error.code === "ERR_KUBECONFIG") return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("loadKubeconfig finds its files", () => {
  it("in the option first, then $KUBECONFIG, then ~/.kube/config", () => {
    const home = join(directory, "home");
    mkdirSync(join(home, ".kube"), { recursive: true });
    writeFileSync(join(home, ".kube", "config"), stringify(config()));
    const other = write(config());
    expect(loadKubeconfig({ env: { HOME: home } }).files).toEqual([join(home, ".kube", "config")]);
    expect(loadKubeconfig({ env: { HOME: home, KUBECONFIG: other } }).files).toEqual([other]);
    expect(loadKubeconfig({ env: { HOME: home, KUBECONFIG: other }, kubeconfig: "~/.kube/config" }).files).toEqual([
      join(home, ".kube", "config"),
    ]);
  });

  it("skips missing files and empty places of a list, and reads a file once", () => {
    const file = write(config());
    const list = ["", "/nowhere/config", file, file].join(delimiter);
    expect(loadKubeconfig({ env: { KUBECONFIG: list } }).files).toEqual([file]);
  });

  it("says where it looked when there is none", () => {
    const error = failure(() => loadKubeconfig({ env: { KUBECONFIG: "/nowhere/a" } }));
    expect(error.message).toBe("no kubeconfig found: $KUBECONFIG names /nowhere/a, which does not exist");
    expect(error.hint).toContain("Cluster.inCluster()");
  });

  it("says which file cannot be read, and why", () => {
    expect(failure(() => loadKubeconfig({ kubeconfig: directory })).message).toBe(`kubeconfig ${directory} cannot be read: EISDIR`);
  });
});

describe("loadKubeconfig merges", () => {
  it("so that the first file to set a value or a name wins, whole entries at a time", () => {
    const first = write({
      "current-context": "",
      contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: "https://first" } }],
    });
    const second = write({
      "current-context": "b",
      contexts: [
        { name: "a", context: { cluster: "c", user: "u", namespace: "lost" } },
        { name: "b", context: { cluster: "c", user: "u" } },
      ],
      clusters: [{ name: "c", cluster: { server: "https://second", "tls-server-name": "lost" } }],
      users: [{ name: "u", user: { username: "me" } }],
    });
    const merged = loadKubeconfig({ kubeconfig: [first, second].join(delimiter) });
    expect([...merged.contexts.keys()]).toEqual(["a", "b"]);
    const resolved = resolveContext(merged);
    expect(resolved).toMatchObject({ name: "b", server: "https://first", user: { username: "me" }, cluster: { tlsServerName: undefined } });
    expect(resolveContext(merged, "a").namespace).toBeUndefined();
  });

  it("with relative paths relative to the file they stand in", () => {
    const first = write({
      users: [
        {
          name: "u",
          user: { tokenFile: "tokens/mine", exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "bin/login" } },
        },
      ],
    });
    const second = write(config({ cluster: { "certificate-authority": "../ca.crt" } }));
    const { cluster, user } = resolveContext(loadKubeconfig({ kubeconfig: [first, second].join(delimiter) }));
    expect(user?.tokenFile).toBe(join(first, "..", "tokens", "mine"));
    expect(user?.exec?.command).toBe(join(first, "..", "bin", "login"));
    expect(cluster.ca).toBe(join(second, "..", "..", "ca.crt"));
  });

  it("but not two entries of one name in one file", () => {
    const error = failure(() => load({ ...config(), users: [{ name: "u" }, { name: "u" }] }));
    expect(error.message).toContain('users[1] has the name "u"');
  });

  it("always to the entry of the first file that has it", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), (files) => {
        const paths = files.map((list, index) =>
          write({ clusters: list.map((name) => ({ name, cluster: { server: `https://${name}${index}` } })) }),
        );
        const merged = loadKubeconfig({ kubeconfig: paths.join(delimiter) });
        const expected = new Map<string, string>();
        files.forEach((list, index) => list.forEach((name) => expected.set(name, expected.get(name) ?? `https://${name}${index}`)));
        expect(new Map([...merged.clusters].map(([name, { entry }]) => [name, entry.server]))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe("loadKubeconfig reads", () => {
  it("credentials as Secrets that nothing prints", async () => {
    const { user } = load(
      config({ user: { token: "t0ken-t0ken", "client-certificate-data": base64(PEM), "client-key-data": base64(`${PEM}key`) } }),
    );
    expect(await openSecret(user?.token as Secret)).toBe("t0ken-t0ken");
    expect(await openSecret(user?.clientKey as Secret)).toBe(`${PEM}key`);
    expect(inspect(user, { depth: 9 })).not.toContain("t0ken");
    expect(JSON.stringify(user)).not.toContain('key"-----');
  });

  it("data rather than a path beside it", () => {
    const { cluster } = load(config({ cluster: { "certificate-authority": "ca.crt", "certificate-authority-data": base64(PEM) } }));
    expect(cluster.ca).toBe(PEM);
  });

  it("JSON, which is YAML, and anchors", () => {
    expect(load(JSON.stringify(config())).server).toBe("https://10.0.0.1:6443");
    const text = stringify(config()).replace("server: https://10.0.0.1:6443", "server: &s https://10.0.0.2\n      tls-server-name: *s");
    expect(load(text)).toMatchObject({ server: "https://10.0.0.2", cluster: { tlsServerName: "https://10.0.0.2" } });
  });

  it("impersonation, and what the cluster has for plugins", () => {
    const { user, cluster } = load(
      config({
        user: { as: "jane", "as-groups": ["dev"], "as-user-extra": { scopes: ["view"] } },
        cluster: { extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }] },
      }),
    );
    expect(user?.impersonate).toEqual({ user: "jane", uid: undefined, groups: ["dev"], extra: { scopes: ["view"] } });
    expect(cluster.execExtension).toEqual({ audience: "x" });
  });

  it("nothing of entries that are not used", () => {
    const broken = { name: "x", user: { token: 7, "auth-provider": { name: "gcp" } } };
    const content = config() as { users: object[] };
    expect(load({ ...content, users: [...content.users, broken] }).name).toBe("dev");
  });
});

describe("a kubeconfig that cannot be used is refused", () => {
  it("with file, line and column for broken YAML", () => {
    const file = write("clusters:\n  - name: a\n   bad: [");
    const error = failure(() => loadKubeconfig({ kubeconfig: file }));
    expect(error).toMatchObject({ file, line: 3 });
    expect(error.message).toMatch(new RegExp(`^kubeconfig ${file}:3:\\d+: is not valid YAML: `));
  });

  it("without showing a value of the wrong type", () => {
    const file = write(
      "current-context: dev\ncontexts: [{name: dev, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: https://x}}]\nusers:\n- name: u\n  user:\n    token: 31415926\n",
    );
    const error = failure(() => resolveContext(loadKubeconfig({ kubeconfig: file })));
    expect(error.message).toBe(`kubeconfig ${file}:7:12: users[0].user.token must be text; put it in quotes`);
  });

  it("naming the contexts there are, and the nearest", () => {
    const content = { ...config(), contexts: ["production", "staging"].map((name) => ({ name, context: { cluster: "c" } })) };
    const error = failure(() => load(content, "prodction"));
    expect(error.message).toContain('has no context "prodction"; contexts: production, staging');
    expect(error.hint).toBe('Did you mean "production"?');
    expect(failure(() => load({ ...content, "current-context": undefined })).message).toContain(
      "has no current-context; contexts: production, staging",
    );
  });

  it.each<[string, object, string]>([
    [
      "a context of a cluster that is missing",
      config({ context: { cluster: "other" } }),
      'contexts[0].context.cluster is "other", which is not among the clusters; clusters: c',
    ],
    [
      "a context of a user that is missing",
      config({ context: { user: "other" } }),
      'contexts[0].context.user is "other", which is not among the users; users: u',
    ],
    ["a cluster without a server", config({ cluster: { server: null } }), "clusters[0].cluster needs a server"],
    ["a proxy", config({ cluster: { "proxy-url": "http://proxy" } }), "clusters[0].cluster.proxy-url is not supported yet"],
    [
      "an auth-provider",
      config({ user: { "auth-provider": { name: "gcp" } } }),
      'users[0].user.auth-provider "gcp" was removed from Kubernetes',
    ],
    [
      "both an authority and no verification",
      config({ cluster: { "certificate-authority": "ca", "insecure-skip-tls-verify": true } }),
      "contradicts the certificate-authority",
    ],
    ["half a client certificate", config({ user: { "client-certificate": "crt" } }), "has a client certificate without client-key"],
    ["a token and a user name", config({ user: { token: "abcdefgh", username: "me" } }), "has both a token and a username"],
    ["data that is not base64", config({ cluster: { "certificate-authority-data": "%%%" } }), "certificate-authority-data is not base64"],
    ["data that is not PEM", config({ cluster: { "certificate-authority-data": base64("hello") } }), "not of PEM text"],
    ["groups without a user to act as", config({ user: { "as-groups": ["x"] } }), 'users[0].user.as-groups needs "as" beside it'],
    [
      "a plugin of v1 without interactiveMode",
      config({ user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "x" } } }),
      "exec.interactiveMode must be one of Never, IfAvailable, Always",
    ],
    [
      "a plugin of v1alpha1",
      config({ user: { exec: { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "x" } } }),
      "exec.apiVersion must be client.authentication.k8s.io/v1 or",
    ],
    ["a list where a map belongs", { ...config(), clusters: [{ name: "c", cluster: [] }] }, "clusters[0].cluster must be a map"],
    [
      "text where a flag belongs",
      config({ cluster: { "insecure-skip-tls-verify": "yes" } }),
      "insecure-skip-tls-verify must be true or false",
    ],
  ])("for %s", (_, content, complaint) => {
    const error = failure(() => load(content));
    expect(error.message).toContain(complaint);
    expect(error.line).toBeGreaterThan(0);
  });

  it("or is read, whatever the file holds: no other error escapes", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => stringify({ ...config(), ...value })),
    );
    fc.assert(
      fc.property(text, (content) => {
        try {
          load(content);
        } catch (error) {
          expect(isConfigError(error)).toBe(true);
        }
      }),
      { numRuns: timesTheRuns(2) },
    );
  });
});
