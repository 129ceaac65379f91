import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { stringify } from "yaml";
import { describe, expect, it, onTestFinished } from "vitest";
import { timesTheRuns } from "../../../test/property-runs.ts";
import { DeployFileError, type FileProblem } from "./problem.ts";
import { loadDeployFile, parseDeployFile } from "./read-deploy-file.ts";

const minimal = `version: 1
cluster: { context: prod }
target: { namespace: shop, deployment: web }
change: { restart: true }
`;

function problemsOf(text: string): readonly FileProblem[] {
  try {
    parseDeployFile(text, "deploy.yaml");
  } catch (error) {
    if (error instanceof DeployFileError) return error.problems;
    throw error;
  }
  return [];
}

function only(text: string): string {
  const [first, ...more] = problemsOf(text);
  expect(more).toEqual([]);
  return first === undefined ? "no problem" : `${first.line}:${first.column} ${first.path}: ${first.message}`;
}

describe("a valid deploy file", () => {
  it("reads with defaults filled in and durations in milliseconds", () => {
    expect(parseDeployFile(minimal, "deploy.yaml")).toEqual({
      version: 1,
      path: "deploy.yaml",
      directory: process.cwd(),
      cluster: { context: "prod", kubeconfig: undefined, inCluster: undefined, fromEnv: undefined },
      target: { namespace: "shop", deployment: "web" },
      before: [],
      onCritical: "stop",
      change: { image: {}, replicas: undefined, restart: true },
      rollout: { timeoutMs: 600_000, failFast: true },
      after: undefined,
      onFailure: "rollback",
      onInconclusive: "stop",
      notify: [],
    });
  });

  it("reads every kind of check, credential and notification", () => {
    const file = parseDeployFile(
      `version: 1
cluster: { kubeconfig: ./kube.yaml, context: prod }
target: { namespace: shop, deployment: web }
before:
  - pods: { minReady: 80% }
  - pods: { minReady: 3 }
    name: three at least
  - prometheus:
      url: https://prometheus.example.com/prefix
      query: sum(rate(x[5m]))
      max: 0.5
      noData: fail
      auth: { bearer: { secret: env:PROM_TOKEN } }
      headers: { X-Scope-OrgID: shop, Authorization: { secret: file:/run/h } }
      tls: { ca: ca.pem }
  - http: { url: https://web.example.com/healthz, expect: [200, 204], contains: ok, timeout: 2s }
change: { image: { web: "registry.example.com:5000/shop/web:1.8.2" }, replicas: 6 }
rollout: { timeout: 90s, failFast: false }
after: { for: 2m, every: 15s, failures: 2, checks: [{ pods: { minReady: 100% } }] }
onFailure: stop
onInconclusive: rollback
notify:
  - slack: { webhook: { secret: env:SLACK_WEBHOOK }, on: [critical] }
  - slack: { token: { secret: env:SLACK_TOKEN }, channel: "#ops" }
`,
      "deploy.yaml",
    );
    expect(file.before.map((check) => check.name)).toEqual([
      "pods at least 80% ready",
      "three at least",
      "prometheus sum(rate(x[5m])) <= 0.5",
      "http https://web.example.com/healthz",
    ]);
    expect(file.before[2]).toMatchObject({
      kind: "prometheus",
      max: 0.5,
      noData: "fail",
      auth: { bearer: { secret: "env:PROM_TOKEN" } },
      timeoutMs: 10_000,
    });
    expect(file.before[3]).toMatchObject({ expect: [200, 204], contains: "ok", timeoutMs: 2000 });
    expect(file.after).toMatchObject({ forMs: 120_000, everyMs: 15_000, failures: 2 });
    expect(file.notify.map((entry) => entry.on)).toEqual([["critical"], ["critical", "rollback", "success", "failure", "inconclusive"]]);
  });

  it("lets an alias use the checks of before again", () => {
    const file = parseDeployFile(
      `${minimal}before: &checks [{ pods: { minReady: 1 } }]\nafter: { for: 1m, checks: *checks }\n`,
      "deploy.yaml",
    );
    expect(file.after?.checks).toEqual(file.before);
  });
});

describe("a wrong deploy file is refused with line, column, path and remedy:", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown key", `${minimal}chnage: {}\n`, /^5:1 chnage: unknown key; did you mean change\? The keys here are version, cluster/],
    [
      "a missing key",
      "version: 1\ncluster: { context: a }\nchange: { restart: true }\n",
      /^1:1 : target is missing; it takes a map of namespace, deployment/,
    ],
    ["another version", minimal.replace("1", "2"), /^1:10 version: takes 1, not 2/],
    ["a version in quotes", minimal.replace("version: 1", 'version: "1"'), /^1:10 version: takes 1, not "1"/],
    ["a duration without a unit", `${minimal}rollout: { timeout: 10 }\n`, /^5:21 rollout\.timeout: 10 has no unit; write 10s or 10m/],
    [
      "a duration of nonsense",
      `${minimal}rollout: { timeout: soon }\n`,
      /^5:21 rollout\.timeout: takes a duration with its unit, such as "15s" or "10m", not "soon"/,
    ],
    [
      "a fraction for a share",
      `${minimal}before: [{ pods: { minReady: 0.8 } }]\n`,
      /^5:30 before\[0\]\.pods\.minReady: .*did you mean 80%\?/,
    ],
    [
      "a share above 100%",
      `${minimal}before: [{ pods: { minReady: 180% } }]\n`,
      /minReady: takes a share above 0% and up to 100%, not 180%/,
    ],
    [
      "a share with a space",
      `${minimal}before: [{ pods: { minReady: 80 % } }]\n`,
      /minReady: takes a share such as 80%, or a number of pods such as 3, not "80 %"/,
    ],
    ["a key that stands twice", `${minimal}change: { replicas: 1 }\n`, /^5:1 : this key stands twice/],
    ["two documents", `${minimal}---\n${minimal}`, /^\d+:1 : a second document begins here/],
    ["broken YAML", "version: [1\n", /not valid YAML/],
    ["an empty file", "", /^1:1 : the file is empty/],
    ["an empty change", minimal.replace("restart: true", ""), /^4:9 change: changes nothing/],
    ["restart: false alone", minimal.replace("true", "false"), /^4:9 change: changes nothing/],
    ["yes for true", minimal.replace("true", "yes"), /^4:20 change\.restart: takes true or false, not "yes"/],
    ["no way to the cluster", minimal.replace("context: prod", ""), /^2:10 cluster: takes one way to the cluster/],
    [
      "two ways to the cluster",
      minimal.replace("context: prod", "context: prod, inCluster: true"),
      /^2:10 cluster: takes one way to the cluster/,
    ],
    [
      "a negative number of replicas",
      minimal.replace("restart: true", "replicas: -1"),
      /^4:21 change\.replicas: takes a whole number of 0 or more, not -1/,
    ],
    ["half a replica", minimal.replace("restart: true", "replicas: 1.5"), /not 1\.5/],
    [
      "an image without quotes that YAML reads as a number",
      minimal.replace("restart: true", "image: { web: 1.8 }"),
      /change\.image\.web: takes an image such as .*, not 1\.8/,
    ],
    [
      "an image with a variable",
      minimal.replace("restart: true", 'image: { web: "web:${TAG}" }'),
      /change\.image\.web: variables are not expanded/,
    ],
    ["an image in capitals", minimal.replace("restart: true", "image: { web: Shop/Web:1 }"), /change\.image\.web: takes an image/],
    [
      "a container name that cannot be",
      minimal.replace("restart: true", "image: { Web: web:1 }"),
      /change\.image\.Web: is not a container's name/,
    ],
    [
      "a target with its kind",
      minimal.replace("deployment: web", "deployment: deployment/web"),
      /target\.deployment: takes the bare name: web/,
    ],
    ["a namespace that cannot be", minimal.replace("shop", "Shop_1"), /target\.namespace: takes a namespace's name/],
    [
      "a check of two kinds",
      `${minimal}before: [{ pods: { minReady: 1 }, http: { url: "http://h/" } }]\n`,
      /before\[0\]: takes one of pods, prometheus, http, not pods and http together/,
    ],
    ["a check of no kind", `${minimal}before: [{ name: x }]\n`, /before\[0\]: takes one of pods, prometheus, http, and none stands here/],
    [
      "a query without a limit",
      `${minimal}before: [{ prometheus: { url: "http://p", query: up } }]\n`,
      /before\[0\]\.prometheus: takes max, min or both/,
    ],
    [
      "limits that exclude each other",
      `${minimal}before: [{ prometheus: { url: "http://p", query: up, min: 2, max: 1 } }]\n`,
      /min \(2\) is above max \(1\)/,
    ],
    [
      "a limit that is no number",
      `${minimal}before: [{ prometheus: { url: "http://p", query: up, max: .nan } }]\n`,
      /prometheus\.max: takes a number such as 0\.5, not \.nan/,
    ],
    [
      "an unknown noData",
      `${minimal}before: [{ prometheus: { url: "http://p", query: up, max: 1, noData: ignore } }]\n`,
      /noData: takes one of fail, pass, not "ignore"/,
    ],
    ["a URL of another scheme", `${minimal}before: [{ http: { url: "ftp://h/" } }]\n`, /http\.url: takes an http or https URL/],
    [
      "a status that cannot be",
      `${minimal}before: [{ http: { url: "http://h/", expect: 20 } }]\n`,
      /http\.expect: takes an HTTP status such as 200, not 20/,
    ],
    [
      "rounds longer than the window",
      `${minimal}after: { for: 10s, every: 1m, checks: [{ pods: { minReady: 1 } }] }\n`,
      /after: every is longer than for/,
    ],
    ["no checks afterwards", `${minimal}after: { for: 10s, checks: [] }\n`, /after\.checks: is empty/],
    [
      "an unknown trigger",
      `${minimal}notify: [{ slack: { webhook: { secret: env:W }, on: [failed] } }]\n`,
      /notify\[0\]\.slack\.on\[0\]: takes one of critical, rollback/,
    ],
    [
      "a token without a channel",
      `${minimal}notify: [{ slack: { token: { secret: env:T } } }]\n`,
      /notify\[0\]\.slack: channel is missing/,
    ],
    [
      "a reference of no scheme",
      `${minimal}notify: [{ slack: { webhook: { secret: SLACK } } }]\n`,
      /slack\.webhook\.secret: takes a reference such as "env:API_TOKEN"/,
    ],
    ["a merge key", `${minimal}rollout: { <<: { timeout: 1m } }\n`, /rollout\."<<": unknown key; merge keys are YAML 1\.1/],
    ["an alias without its anchor", `${minimal}before: *nothing\n`, /not valid YAML|names no anchor|unresolved/],
    ["an alias inside itself", `${minimal}before: &a [*a]\n`, /the alias \*a contains itself/],
    [
      "a list where a map belongs",
      minimal.replace("{ context: prod }", "[prod]"),
      /^2:10 cluster: takes a way to the cluster, such as \{ context: prod \}, not a list/,
    ],
    ["a value that is missing", minimal.replace("{ context: prod }", ""), /^2:10 cluster: takes a way to the cluster.*, not nothing/],
  ];
  it.each(cases)("%s", (_name, text, expected) => {
    expect(only(text)).toMatch(expected);
  });

  it("all problems at once, in the order of the file", () => {
    const problems = problemsOf("version: 3\ncluster: {}\ntarget: { namespace: shop }\nchange: { replicas: many }\n");
    expect(problems.map(({ line, path }) => `${line} ${path}`)).toEqual(["1 version", "2 cluster", "3 target", "4 change.replicas"]);
  });

  it("aliases that multiply are stopped without filling the memory", () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `  - &l${level + 1} [${Array.from({ length: 10 }, () => `*l${level}`).join(", ")}]`,
    );
    const text = `${minimal}before:\n  - &l0 [x, x]\n${levels.join("\n")}\n`;
    expect(problemsOf(text).some(({ message }) => message.includes("expand to too much"))).toBe(true);
  });

  it("names the place in the message and the remedy in the hint", () => {
    try {
      parseDeployFile(`${minimal}onFailure: retry\n`, "ops/deploy.yaml");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: "ERR_DEPLOY_FILE",
        file: "ops/deploy.yaml",
        line: 5,
        column: 12,
        message: 'ops/deploy.yaml:5:12: onFailure: takes one of rollback, stop, not "retry"',
        hint: "Check it without a cluster: errand deploy check ops/deploy.yaml",
      });
    }
  });
});

describe("a literal credential", () => {
  const secret = "xoxb-very-secret-7391";
  const literals = [
    `notify: [{ slack: { webhook: "https://hooks.slack.com/services/${secret}" } }]`,
    `notify: [{ slack: { webhook: { secret: "https://hooks.slack.com/${secret}" } } }]`,
    `before: [{ http: { url: "https://h/", auth: { bearer: ${secret} } } }]`,
    `before: [{ http: { url: "https://h/", auth: ${secret} } }]`,
    `before: [{ http: { url: "https://h/", headers: { Authorization: Bearer ${secret} } } }]`,
    `before: [{ http: { url: "https://h/", headers: { X-Api-Key: ${secret} } } }]`,
    `before: [{ http: { url: "https://h/", headers: { My-Token: ${secret} } } }]`,
    `before: [{ http: { url: "https://user:${secret}@h/" } }]`,
    `before: [{ http: { url: "https://h/?access_token=${secret}" } }]`,
  ];
  it.each(literals)("is refused and not repeated: %s", (line) => {
    const [problem, ...more] = problemsOf(`${minimal}${line}\n`);
    expect(more).toEqual([]);
    expect(problem?.line).toBe(5);
    expect(problem?.message).toMatch(/secret|reference/);
    expect(JSON.stringify(problem)).not.toContain(secret);
  });

  it("written as a shell variable gets the reference as its remedy", () => {
    expect(only(`${minimal}notify: [{ slack: { webhook: $SLACK_WEBHOOK } }]\n`)).toContain(
      "variables are not expanded; write { secret: env:SLACK_WEBHOOK }",
    );
  });
});

describe("any text", () => {
  it("either reads or is refused with positions inside the text", () => {
    const word = fc.constantFrom(
      "version",
      "cluster",
      "target",
      "change",
      "before",
      "after",
      "pods",
      "minReady",
      "80%",
      "1",
      "[",
      "]",
      "{",
      "}",
      ":",
      "-",
      "\n",
      "  ",
      "&a",
      "*a",
      "? ",
      "!!x",
      "'",
      '"',
      "#",
      "---",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join(" ");
        const lineCount = text.split("\n").length;
        for (const { line, column, message } of problemsOf(text)) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lineCount);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe("");
        }
      }),
      { numRuns: timesTheRuns(5) },
    );
  });

  it("any JSON value reads or is refused, whatever its keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const problems = problemsOf(
          stringify({
            version: 1,
            cluster: { context: "c" },
            target: { namespace: "n", deployment: "d" },
            change: { restart: true },
            before: value,
          }),
        );
        if (!Array.isArray(value) || value.length > 0) expect(problems.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("loadDeployFile", () => {
  it("reads the file and remembers its path", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "errand-deploy-")), "deploy.yaml");
    onTestFinished(() => rm(dirname(path), { recursive: true }));
    await writeFile(path, minimal);
    expect(await loadDeployFile(path)).toMatchObject({ path, directory: dirname(path), target: { deployment: "web" } });
    expect(await loadDeployFile(path, "deploy.yaml")).toMatchObject({ path: "deploy.yaml", directory: dirname(path) });
  });

  it("says that a file is missing and how to make one", async () => {
    await expect(loadDeployFile("/nonexistent/deploy.yaml")).rejects.toMatchObject({
      code: "ERR_DEPLOY_FILE",
      message: "cannot read the deploy file /nonexistent/deploy.yaml: there is no such file",
      hint: expect.stringContaining("errand deploy init"),
    });
  });
});
