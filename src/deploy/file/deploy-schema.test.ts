import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deploySchema } from "./deploy-schema.ts";
import { DeployFileError } from "./problem.ts";
import { parseDeployFile } from "./read-deploy-file.ts";

type Schema = { readonly [keyword: string]: unknown };

/** The keywords of draft 2020-12 that the schema uses; an unknown one fails the test. */
const known = new Set(
  "$schema title description type properties required additionalProperties items minItems minProperties minLength pattern format minimum maximum enum const anyOf oneOf default".split(
    " ",
  ),
);

function isValid(schema: Schema, value: unknown): boolean {
  for (const keyword of Object.keys(schema)) expect(known).toContain(keyword);
  const all = (schemas: unknown): Schema[] => (schemas ?? []) as Schema[];
  if ("const" in schema && value !== schema["const"]) return false;
  if ("enum" in schema && !all(schema["enum"]).includes(value as Schema)) return false;
  if ("anyOf" in schema && !all(schema["anyOf"]).some((one) => isValid(one, value))) return false;
  if ("oneOf" in schema && all(schema["oneOf"]).filter((one) => isValid(one, value)).length !== 1) return false;
  switch (schema["type"]) {
    case "string":
      if (typeof value !== "string" || value.length < Number(schema["minLength"] ?? 0)) return false;
      return schema["pattern"] === undefined || new RegExp(schema["pattern"] as string, "u").test(value);
    case "integer":
    case "number":
      if (typeof value !== "number" || Number.isNaN(value) || (schema["type"] === "integer" && !Number.isInteger(value))) return false;
      return value >= Number(schema["minimum"] ?? -Infinity) && value <= Number(schema["maximum"] ?? Infinity);
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return (
        Array.isArray(value) &&
        value.length >= Number(schema["minItems"] ?? 0) &&
        value.every((item) => isValid(schema["items"] as Schema, item))
      );
    case "object":
      return isValidObject(schema, value);
    default:
      return schema["required"] === undefined || isValidObject(schema, value);
  }
}

function isValidObject(schema: Schema, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  if (keys.length < Number(schema["minProperties"] ?? 0)) return false;
  if (((schema["required"] ?? []) as string[]).some((key) => !keys.includes(key))) return false;
  return keys.every((key) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const rest = schema["additionalProperties"] as Schema | boolean | undefined;
    const item = (value as Record<string, unknown>)[key];
    if (own !== undefined) return isValid(own, item);
    return typeof rest === "object" ? isValid(rest, item) : rest !== false;
  });
}

const minimal = `version: 1
cluster: { context: prod }
target: { namespace: shop, deployment: web }
change: { restart: true }
`;

function reads(text: string): boolean {
  try {
    parseDeployFile(text, "deploy.yaml");
    return true;
  } catch (error) {
    if (error instanceof DeployFileError) return false;
    throw error;
  }
}

describe("the JSON Schema of deploy files", () => {
  const both: readonly string[] = [
    minimal,
    `${minimal}before: [{ pods: { minReady: 80% } }, { pods: { minReady: 3 }, name: three }]\n`,
    `${minimal}before: [{ prometheus: { url: "https://p/x", query: up, min: 1, series: all, auth: { basic: { user: a, password: { secret: env:P } } } } }]\n`,
    `${minimal}before: [{ http: { url: "https://h/", expect: [200, 204], headers: { X-Org: shop } } }]\n`,
    `${minimal}rollout: { timeout: 1h30m, failFast: 10s }\nafter: { for: 2m, checks: [{ pods: { minReady: 1 } }] }\nonFailure: stop\nonInconclusive: rollback\n`,
    `${minimal}notify: [{ slack: { webhook: { secret: env:W } } }, { slack: { token: { secret: "file:/t" }, channel: "#ops", on: [failure] } }]\n`,
    minimal.replace("restart: true", "image: { web: web:1 }, replicas: 0"),
  ];
  it.each(both)("accepts what the reader accepts: %s", (text) => {
    expect(reads(text)).toBe(true);
    expect(isValid(deploySchema(), parse(text))).toBe(true);
  });

  const neither: readonly string[] = [
    minimal.replace("version: 1", "version: 2"),
    minimal.replace("namespace: shop, ", ""),
    `${minimal}befor: []\n`,
    `${minimal}before: [{}]\n`,
    `${minimal}before: [{ pods: { minReady: 1 }, http: { url: "https://h/" } }]\n`,
    `${minimal}before: [{ pods: { minReady: 0.8 } }]\n`,
    `${minimal}before: [{ http: { url: "https://h/", expect: 20 } }]\n`,
    `${minimal}rollout: { timeout: 10 }\n`,
    `${minimal}rollout: { failFast: maybe }\n`,
    `${minimal}after: { for: 1m, checks: [] }\n`,
    `${minimal}onCritical: go\n`,
    `${minimal}notify: [{ slack: { webhook: "https://hooks.slack.com/x" } }]\n`,
    `${minimal}notify: [{ slack: { webhook: { secret: env:W }, on: [] } }]\n`,
    minimal.replace("restart: true", "image: { web: Web:1 }"),
    minimal.replace("restart: true", "replicas: -1"),
  ];
  it.each(neither)("refuses what the reader refuses: %s", (text) => {
    expect(reads(text)).toBe(false);
    expect(isValid(deploySchema(), parse(text))).toBe(false);
  });

  it("describes every key, and is the same whenever it is made", () => {
    const describeAll = (schema: Schema, path: string): string[] =>
      Object.entries((schema["properties"] ?? {}) as Record<string, Schema>).flatMap(([key, child]) => [
        ...(typeof child["description"] === "string" ? [] : [`${path}.${key}`]),
        ...describeAll(child, `${path}.${key}`),
        ...describeAll((child["items"] ?? {}) as Schema, `${path}.${key}[]`),
      ]);
    expect(describeAll(deploySchema(), "")).toEqual([]);
    expect(deploySchema()).toEqual(deploySchema());
    expect(JSON.parse(JSON.stringify(deploySchema()))).toEqual(deploySchema());
  });
});
