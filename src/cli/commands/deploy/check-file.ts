import { loadDeployFile } from "../../../deploy/index.ts";
import { filePath, type Io } from "../../io.ts";

/** `errand deploy check FILE`: no cluster is needed. */
export async function checkFile(path: string, { json }: { readonly json?: boolean }, io: Io): Promise<void> {
  const file = await loadDeployFile(filePath(io, path), path);
  const { namespace, deployment } = file.target;
  if (json === true) return io.stdout.print(JSON.stringify(file));
  const checks = file.before.length + (file.after?.checks.length ?? 0);
  io.stdout.print(
    `${path} is valid: deployment ${namespace}/${deployment}, ${checks} ${checks === 1 ? "check" : "checks"}, ${file.notify.length} to notify`,
  );
}
