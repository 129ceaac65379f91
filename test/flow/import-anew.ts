import { randomUUID } from "node:crypto";

/** The module that writes as it is imported, evaluated once more. */
export async function importWriting(): Promise<{ readonly first: string }> {
  const { href } = new URL("./writes-when-imported.ts", import.meta.url);
  return (await import(/* @vite-ignore */ `${href}?${randomUUID()}`)) as { readonly first: string };
}
