import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deployment } from "../schema/kinds.ts";
import { formatPath, fromFieldsV1, leavesOf, toFieldsV1 } from "./field-set.ts";

const name = fc.stringMatching(/^[a-z]{1,4}$/);
const container = fc.record({
  name,
  image: name,
  ports: fc.array(fc.record({ containerPort: fc.integer({ min: 1, max: 9 }) }), { maxLength: 1 }),
});
const manifest = fc.record({
  metadata: fc.record({ name, labels: fc.dictionary(name, name), finalizers: fc.uniqueArray(name, { maxLength: 2 }) }),
  spec: fc.record({
    replicas: fc.nat(),
    template: fc.record({ spec: fc.record({ containers: fc.uniqueArray(container, { selector: (one) => one.name, maxLength: 2 }) }) }),
  }),
});

describe("field sets", () => {
  it("survive being written as FieldsV1 and read again", () => {
    fc.assert(
      fc.property(manifest, (object) => {
        const set = new Set(leavesOf(object, deployment).keys());
        expect(fromFieldsV1(toFieldsV1(set))).toEqual(set);
      }),
    );
  });

  it("name elements of lists by their keys, own maps too, and leave identity out", () => {
    const object = {
      metadata: { name: "web", uid: "1", labels: { a: "b" } },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { spec: { containers: [{ name: "web", ports: [{ containerPort: 80 }] }] } },
      },
    };
    const paths = [...leavesOf(object, deployment).keys()];
    expect(toFieldsV1(new Set(paths))).toEqual({
      "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
      "f:spec": {
        "f:selector": {},
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"web"}': {
                ".": {},
                "f:name": {},
                "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              },
            },
          },
        },
      },
    });
    expect(paths.map((path) => formatPath(path))).toContain(
      '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
    );
  });
});
