import type * as x509 from "@peculiar/x509";

export type X509Library = typeof x509;

/** Loads `@peculiar/x509` when a server with certificates is asked for: an optional peer nobody else pays for. */
export async function loadX509(): Promise<X509Library> {
  const restore = lendReflectMetadata();
  try {
    return await import("@peculiar/x509");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error("a playground server with TLS issues its own certificates, and for that needs a package: npm install @peculiar/x509", {
      cause: error,
    });
  } finally {
    restore();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND");
}

/**
 * The library's injector refuses to load without a Reflect.getMetadata, though nothing in it has decorator metadata.
 * It is lent functions that know none while it loads, and only if the program has no real ones.
 */
function lendReflectMetadata(): () => void {
  const lent = ["getMetadata", "getOwnMetadata", "defineMetadata"].filter((name) => !(name in Reflect));
  for (const name of lent) Object.defineProperty(Reflect, name, { value: () => undefined, configurable: true });
  return () => {
    for (const name of lent) Reflect.deleteProperty(Reflect, name);
  };
}
