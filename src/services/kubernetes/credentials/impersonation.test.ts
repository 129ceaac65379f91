import { describe, expect, it } from "vitest";
import { impersonationHeaders } from "./impersonation.ts";

describe("impersonationHeaders", () => {
  it("name user, uid, groups and extra, keys encoded for a header's name", () => {
    const extra = { "example.com/Scopes": ["view", "edit"], empty: [] };
    expect(impersonationHeaders({ user: "jane", uid: "7", groups: ["dev", "ops"], extra })).toEqual({
      "impersonate-user": "jane",
      "impersonate-uid": "7",
      "impersonate-group": ["dev", "ops"],
      "impersonate-extra-example.com%2Fscopes": ["view", "edit"],
    });
  });

  it("are none for nobody, and an error for groups without a user", () => {
    expect(impersonationHeaders(undefined)).toEqual({});
    expect(() => impersonationHeaders({ user: "", groups: ["dev"] })).toThrow("impersonate needs a user");
  });
});
