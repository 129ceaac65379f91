// Lets a program import errand's sources as users import the package.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "errand") return next(new URL("../../../src/index.ts", import.meta.url).href, context);
    if (specifier.startsWith("errand/")) return next(new URL(`../../../src/${specifier.slice(7)}/index.ts`, import.meta.url).href, context);
    return next(specifier, context);
  },
});
