import { COLLECTION_SIZES, generateCollection, type CollectionName, type Row } from "./generate.ts";

/** Which field of a collection names its parent. */
const PARENTS: Readonly<Record<CollectionName, readonly [field: string, collection: CollectionName] | undefined>> = {
  users: undefined,
  posts: ["userId", "users"],
  comments: ["postId", "posts"],
  albums: ["userId", "users"],
  photos: ["albumId", "albums"],
  todos: ["userId", "users"],
};

/** The generated records. Nothing is ever stored, and a collection is generated when it is first asked for. */
export class Database {
  readonly #seed: number;
  readonly #collections = new Map<CollectionName, readonly Row[]>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  collection(name: CollectionName): readonly Row[] {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const rows = generateCollection(name, this.#seed);
    this.#collections.set(name, rows);
    return rows;
  }

  find(name: CollectionName, id: string): Row | undefined {
    return this.collection(name).find((row) => String(row.id) === id);
  }

  /** Everything, as `/db` shows it. */
  all(): Readonly<Record<string, readonly Row[]>> {
    return Object.fromEntries(collectionNames().map((name) => [name, this.collection(name)]));
  }

  /** A copy of the row with its children (`_embed=comments`) and parents (`_expand=user`); unknown names change nothing. */
  withRelated(name: CollectionName, row: Row, { embed, expand }: Related): Row {
    const related: Record<string, unknown> = {};
    for (const child of embed) {
      const field = isCollection(child) ? foreignKey(child, name) : undefined;
      if (isCollection(child) && field !== undefined)
        related[child] = this.collection(child).filter((candidate) => candidate[field] === row.id);
    }
    const [field, parent] = PARENTS[name] ?? [];
    for (const wanted of expand) {
      if (field !== undefined && parent !== undefined && parent === `${wanted}s`) related[wanted] = this.find(parent, String(row[field]));
    }
    return { ...row, ...related };
  }
}

export interface Related {
  readonly embed: readonly string[];
  readonly expand: readonly string[];
}

/** The field of `child` that holds the id of a `parent`; undefined when they are not related. */
export function foreignKey(child: CollectionName, parent: CollectionName): string | undefined {
  const [field, collection] = PARENTS[child] ?? [];
  return collection === parent ? field : undefined;
}

export function collectionNames(): CollectionName[] {
  return Object.keys(COLLECTION_SIZES).filter(isCollection);
}

export function isCollection(name: string): name is CollectionName {
  return Object.hasOwn(COLLECTION_SIZES, name);
}
