// Writes docs/reference/errors.md from the table behind `errand explain`. Run by `npm run docs`; a test keeps it true.
import { writeFileSync } from "node:fs";
import { errorsPage } from "../test/docs/errors-page.ts";

writeFileSync(new URL("../docs/reference/errors.md", import.meta.url), errorsPage());
