/** Goes on at once when all values are there, after them when some are promises: signing stays synchronous where nothing is fetched. */
export function whenReady<R>(values: readonly (string | Promise<string>)[], use: (values: readonly string[]) => R): R | Promise<Awaited<R>>;
export function whenReady(values: readonly (string | Promise<string>)[], use: (values: readonly string[]) => unknown): unknown {
  const ready = values.filter((value) => typeof value === "string");
  return ready.length === values.length ? use(ready) : Promise.all(values.map(async (value) => value)).then(use);
}
