// One process of the conformance suite: starts or resumes a run on the engine of the module that is named, and prints its result.
import { audit, type AuditInput } from "./audit-flow.ts";
import type { EngineUnderTest } from "./engine-under-test.ts";

const [module = "", place = "", id = "", input = ""] = process.argv.slice(2);
const engine = ((await import(module)) as EngineUnderTest).open(place);
try {
  const result = await audit.start(JSON.parse(input) as AuditInput, { id, engine });
  process.stdout.write(JSON.stringify({ result }));
} catch (error) {
  process.stdout.write(JSON.stringify({ code: (error as { code?: string }).code, message: String(error) }));
  process.exitCode = 1;
} finally {
  await engine.close();
}
