import type { HttpCheckSpec } from "../file/deploy-file.ts";
import type { Judgement } from "./judgement.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** The status, and the body where it matters. */
export function judgeHttp(spec: Pick<HttpCheckSpec, "url" | "expect" | "contains">, { status, body }: HttpAnswer): Judgement {
  const evidence = { kind: "http", url: spec.url, status, expected: spec.expect } as const;
  const expected = spec.expect.join(" or ");
  if (!spec.expect.includes(status)) return { outcome: "fail", summary: `answered ${status}, ${expected} expected`, evidence };
  if (spec.contains !== undefined && !body.includes(spec.contains)) {
    return { outcome: "fail", summary: `answered ${status}, but its body does not hold ${JSON.stringify(spec.contains)}`, evidence };
  }
  return { outcome: "pass", summary: `answered ${status}`, evidence };
}
