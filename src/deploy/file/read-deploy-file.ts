import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError } from "../../errors/index.ts";
import type { DeployFile } from "./deploy-file.ts";
import { deployShape } from "./deploy-shape.ts";
import { Place } from "./place.ts";
import { DeployFileError, type FileProblem } from "./problem.ts";
import { readYaml } from "./yaml-source.ts";

/**
 * Reads the text of a deploy file. Nothing is asked of a server or of the environment.
 *
 * @param path names the file in messages; relative paths in the file start in its directory
 * @throws DeployFileError with every problem, its line and its column
 */
export function parseDeployFile(text: string, path: string): DeployFile {
  const problems: FileProblem[] = [];
  const source = readYaml(text, problems);
  const file = source === undefined ? undefined : deployShape.read(source, new Place(problems));
  if (file === undefined || problems.length > 0) throw new DeployFileError(path, problems);
  return { ...file, path, directory: dirname(resolve(path)) };
}

/**
 * Reads and checks a deploy file.
 *
 * @param name what messages call it; default: the path
 * @throws ConfigError (`ERR_DEPLOY_FILE`) when it cannot be read or is not valid
 */
export async function loadDeployFile(path: string, name = path): Promise<DeployFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a directory" : String(error);
    const hint = "Make one from a live Deployment: errand deploy init deployment/NAME";
    throw new ConfigError({
      code: "ERR_DEPLOY_FILE",
      message: `cannot read the deploy file ${name}: ${reason}`,
      file: name,
      cause: error,
      hint,
    });
  }
  return { ...parseDeployFile(text, name), directory: dirname(resolve(path)) };
}
