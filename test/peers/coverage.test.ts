// Every case that the suites of other clients put to errand is a test here under its name, or a line of the page that says why not.
import { describe, expect, it } from "vitest";
import { decidedOtherwise, namesOf, peerCases, peerFiles } from "./case-list.ts";

const cases = peerCases();
const rows = decidedOtherwise();
const keyOf = ({ peer, name }: { readonly peer: string; readonly name: string }): string => `${peer} ${name}`;
const peers = [...new Set(cases.map(({ peer }) => peer))];

describe("the cases of other clients", () => {
  it("are told apart by client and name", () => {
    expect([cases.length, new Set(cases.map(keyOf)).size]).toEqual([388, 388]);
  });

  it("are each a test, or a line of docs/reference/requests-cases.md", () => {
    const done = new Set(rows.map(keyOf));
    for (const peer of peers) {
      const known = new Set(cases.filter((each) => each.peer === peer).map(({ name }) => name));
      for (const { titles } of peerFiles(peer)) {
        for (const title of titles) for (const name of namesOf(title, known)) done.add(keyOf({ peer, name }));
      }
    }
    expect(cases.map(keyOf).filter((key) => !done.has(key))).toEqual([]);
  });

  it("are decided otherwise once in ten times at most, each of them once", () => {
    const known = new Set(cases.map(keyOf));
    expect(rows.map(keyOf).filter((key) => !known.has(key))).toEqual([]);
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
    expect(rows.length).toBeLessThanOrEqual(Math.floor(cases.length / 10));
  });

  it("are none of them passed over", () => {
    const passedOver = peers
      .flatMap((peer) => peerFiles(peer))
      .filter(({ source }) => /\b(?:it|describe)\.(?:skip|todo|fails|only)\b/.test(source));
    expect(passedOver.map(({ name }) => name)).toEqual([]);
  });
});

describe("a title", () => {
  it.each<[string, string[]]>([
    ["test_a: what it does", ["test_a"]],
    ["test_a, test_b (a remark), test_c", ["test_a", "test_b", "test_c"]],
    ["test_a[http://x:1]: with a colon of its own", ["test_a[http://x:1]"]],
    ["test_ab: of another case", []],
    ["waits, then test_a", []],
  ])("%s", (title, names) => {
    expect(namesOf(title, new Set(["test_a", "test_b", "test_c", "test_a[http://x:1]"]))).toEqual(names);
  });
});
