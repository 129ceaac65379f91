import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tlsFindingsPage } from "./tls-findings-page.ts";

it("docs/reference/tls-findings.md is what `npm run docs` writes", () => {
  expect(readFileSync(new URL("../../docs/reference/tls-findings.md", import.meta.url), "utf8")).toBe(tlsFindingsPage());
});
