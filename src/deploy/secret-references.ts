import type { CheckSpec, DeployFile, NotifySpec } from "./file/deploy-file.ts";
import type { HttpAccess } from "./file/values/http-access.ts";

/** Where in the file a secret reference stands. */
export interface PlacedReference {
  /** `notify[0].slack.webhook`. */
  readonly path: string;
  readonly reference: string;
}

/** Every secret reference of a deploy file. */
export function secretReferences({ before, after, notify }: DeployFile): readonly PlacedReference[] {
  return [
    ...before.flatMap((check, index) => ofCheck(check, `before[${index}]`)),
    ...(after?.checks ?? []).flatMap((check, index) => ofCheck(check, `after.checks[${index}]`)),
    ...notify.flatMap((spec, index) => ofNotify(spec, `notify[${index}]`)),
  ];
}

function ofCheck(check: CheckSpec, path: string): readonly PlacedReference[] {
  return check.kind === "pods" ? [] : ofAccess(check, `${path}.${check.kind}`);
}

function ofAccess({ auth, headers }: HttpAccess, path: string): readonly PlacedReference[] {
  const own = [
    { path: `${path}.auth.bearer`, reference: auth?.bearer?.secret },
    { path: `${path}.auth.basic.password`, reference: auth?.basic?.password.secret },
    ...Object.entries(headers).map(([name, value]) => ({
      path: `${path}.headers.${name}`,
      reference: typeof value === "string" ? undefined : value.secret,
    })),
  ];
  return own.filter((placed): placed is PlacedReference => placed.reference !== undefined);
}

function ofNotify({ webhook, token }: NotifySpec, path: string): readonly PlacedReference[] {
  const own = [
    { path: `${path}.slack.webhook`, reference: webhook?.secret },
    { path: `${path}.slack.token`, reference: token?.secret },
  ];
  return own.filter((placed): placed is PlacedReference => placed.reference !== undefined);
}
