// Writes the generated pages of docs/reference: the error codes from the table behind `errand explain`, what can be imported from the
// sources' TSDoc, and the TLS findings from the lab's cases. Run by `npm run docs`; tests keep both true.
import { writeFileSync } from "node:fs";
import { errorsPage } from "../test/docs/errors-page.ts";
import { exportsPage } from "../test/docs/exports-page.ts";
import { tlsFindingsPage } from "../test/docs/tls-findings-page.ts";

writeFileSync(new URL("../docs/reference/errors.md", import.meta.url), errorsPage());
writeFileSync(new URL("../docs/reference/exports.md", import.meta.url), exportsPage());
writeFileSync(new URL("../docs/reference/tls-findings.md", import.meta.url), tlsFindingsPage());
