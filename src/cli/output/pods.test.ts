import { describe, expect, it } from "vitest";
import { renderAge } from "./age.ts";
import { renderPodLine, renderPods, renderPodTitles } from "./pods.ts";

const pod = {
  name: "web-1",
  namespace: "shop",
  uid: "1",
  status: "Running",
  ready: true,
  readyContainers: 1,
  totalContainers: 2,
  restarts: 3,
  ageMs: 125_000,
  images: [],
  isTerminating: false,
} as const;

describe("pods", () => {
  it("are a table of kubectl's columns", () => {
    expect(renderPods([pod, { ...pod, name: "web-2-longer", ageMs: undefined }], { allNamespaces: false })).toBe(
      [
        "NAME          READY  STATUS   RESTARTS  AGE",
        "web-1         1/2    Running  3         2m5s",
        "web-2-longer  1/2    Running  3         ?",
      ].join("\n"),
    );
  });

  it("say their namespace where there are several", () => {
    expect(renderPods([pod], { allNamespaces: true })).toBe(
      "NAMESPACE  NAME   READY  STATUS   RESTARTS  AGE\nshop       web-1  1/2    Running  3         2m5s",
    );
  });

  it("stand one below the other in a watch, whose later lines are not known", () => {
    const [titles, line] = [renderPodTitles({ allNamespaces: false }), renderPodLine(pod, { allNamespaces: false })];
    expect(titles.indexOf("READY")).toBe(line.indexOf("1/2"));
    expect(titles.indexOf("AGE")).toBe(line.indexOf("2m5s"));
  });
});

it.each([
  [-5, "0s"],
  [119_999, "119s"],
  [120_000, "2m"],
  [599_000, "9m59s"],
  [600_000, "10m"],
  [3 * 3_600_000, "3h"],
  [7.5 * 3_600_000, "7h30m"],
  [47 * 3_600_000, "47h"],
  [2 * 86_400_000, "2d"],
  [2 * 86_400_000 + 3_600_000 * 5, "2d5h"],
  [100 * 86_400_000, "100d"],
  [800 * 86_400_000, "2y70d"],
  [10 * 365 * 86_400_000, "10y"],
])("an age of %d ms is %s, as kubectl has it", (ms, text) => expect(renderAge(ms)).toBe(text));
