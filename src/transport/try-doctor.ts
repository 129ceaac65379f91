import { redactUrl } from "../secrets/index.ts";

/** A remedy, and the command that looks at the whole way. Of the URL the origin alone: path and query may hold what nobody else shall read. */
export function tryDoctor(remedy: string | undefined, { origin }: URL): string {
  const command = `Try: errand doctor ${redactUrl(origin)}`;
  return remedy === undefined ? command : `${remedy} ${command}`;
}
