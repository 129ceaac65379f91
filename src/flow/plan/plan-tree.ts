/** Values by their place in a run; siblings stay in the order in which they were first named. */
export class PlanTree<T> {
  readonly #children = new Map<string, PlanTree<T>>();
  readonly #values: T[] = [];

  /** Fixes the place's order among its siblings. */
  at(id: string): PlanTree<T> {
    // Names and keys have none of these characters: they are escaped there.
    const parts = id.match(/\[[^\]]*\]|[^/[\]]+/g) ?? [];
    return parts.reduce<PlanTree<T>>((node, part) => node.#child(part), this);
  }

  add(id: string, value: T): void {
    this.at(id).#values.push(value);
  }

  /** Depth first. */
  *[Symbol.iterator](): Generator<T> {
    yield* this.#values;
    for (const child of this.#children.values()) yield* child;
  }

  #child(part: string): PlanTree<T> {
    let child = this.#children.get(part);
    if (child === undefined) {
      child = new PlanTree<T>();
      this.#children.set(part, child);
    }
    return child;
  }
}
