import { Random } from "./random.ts";
import * as words from "./words.ts";

/** One record. Every collection has numeric ids from 1. */
export interface Row {
  readonly id: number;
  readonly [field: string]: unknown;
}

/** The collections, and how many records each has. */
export const COLLECTION_SIZES = { posts: 100, comments: 500, albums: 100, photos: 5000, users: 10, todos: 200 } as const;

export type CollectionName = keyof typeof COLLECTION_SIZES;

const COMPLETED_TODOS = 90;

const GENERATORS: Readonly<Record<CollectionName, (random: Random, size: number) => Row[]>> = {
  users: (random, size) => {
    const firstNames = random.sample(words.FIRST_NAMES, size);
    const lastNames = random.sample(words.LAST_NAMES, size);
    return rows(size, (id) => user(random, id, `${firstNames[id - 1]} ${lastNames[id - 1]}`));
  },
  posts: (random, size) =>
    rows(size, (id) => ({
      userId: parent(id, 10),
      id,
      title: headline(random),
      body: Array.from({ length: 4 }, () => sentence(random)).join("\n"),
    })),
  comments: (random, size) =>
    rows(size, (id) => ({
      postId: parent(id, 5),
      id,
      name: headline(random),
      email: email(random, fullName(random)),
      body: `${sentence(random)}\n${sentence(random)}`,
    })),
  albums: (random, size) => rows(size, (id) => ({ userId: parent(id, 10), id, title: headline(random) })),
  photos: (random, size) => rows(size, (id) => ({ albumId: parent(id, 50), id, title: headline(random), ...pictures(random) })),
  todos: (random, size) => {
    const ids = Array.from({ length: size }, (_, index) => index + 1);
    const completed = new Set(random.sample(ids, COMPLETED_TODOS));
    return rows(size, (id) => ({ userId: parent(id, 20), id, title: task(random), completed: completed.has(id) }));
  },
};

/** The records of one collection: the same for the same seed, whatever else was generated before. */
export function generateCollection(name: CollectionName, seed: number): Row[] {
  const size = COLLECTION_SIZES[name];
  return GENERATORS[name](new Random(Math.imul(seed, 31) + size * 7919 + name.length), size);
}

function rows(size: number, make: (id: number) => Row): Row[] {
  return Array.from({ length: size }, (_, index) => make(index + 1));
}

/** The id of the parent when each parent has `children` of them. */
function parent(id: number, children: number): number {
  return Math.ceil(id / children);
}

function user(random: Random, id: number, name: string): Row {
  const [first = "", last = ""] = name.split(" ");
  const site = `${plain(last)}.example`;
  return {
    id,
    name,
    username: `${plain(first)}${random.below(90) + 10}`,
    email: email(random, name),
    address: {
      street: random.pick(words.STREETS),
      suite: `Suite ${random.below(900) + 100}`,
      city: random.pick(words.CITIES),
      zipcode: String(random.below(90_000) + 10_000),
      geo: { lat: degrees(random, 90), lng: degrees(random, 180) },
    },
    phone: `555-${String(random.below(1000)).padStart(3, "0")}-${String(random.below(10_000)).padStart(4, "0")}`,
    website: site,
    company: {
      name: `${random.pick(words.COMPANY_NAMES)} ${random.pick(words.COMPANY_ENDINGS)}`,
      catchPhrase: `${capital(random.pick(words.ADJECTIVES))} ${random.pick(words.NOUNS)} for every ${random.pick(words.NOUNS)}`,
      bs: `${random.pick(words.TASKS)} ${random.pick(words.ADJECTIVES)} ${random.pick(words.NOUNS)}s`,
    },
  };
}

function fullName(random: Random): string {
  return `${random.pick(words.FIRST_NAMES)} ${random.pick(words.LAST_NAMES)}`;
}

/** Under example, a top-level domain that nobody can own (RFC 2606). */
function email(random: Random, name: string): string {
  return `${plain(name.replace(" ", "."))}@${random.pick(words.COMPANY_NAMES).toLowerCase()}.example`;
}

function headline(random: Random): string {
  return `the ${random.pick(words.ADJECTIVES)} ${random.pick(words.NOUNS)} ${random.pick(words.VERBS)} ${random.pick(words.ADVERBS)}`;
}

function sentence(random: Random): string {
  return `${headline(random)} and ${random.pick(words.VERBS)} a ${random.pick(words.ADJECTIVES)} ${random.pick(words.NOUNS)}`;
}

function task(random: Random): string {
  return `${random.pick(words.TASKS)} the ${random.pick(words.ADJECTIVES)} ${random.pick(words.NOUNS)}`;
}

function pictures(random: Random): { readonly url: string; readonly thumbnailUrl: string } {
  const colour = random.below(0x1000000).toString(16).padStart(6, "0");
  return { url: `https://pictures.example/600/${colour}`, thumbnailUrl: `https://pictures.example/150/${colour}` };
}

function degrees(random: Random, limit: number): string {
  return ((random.below(limit * 20_000) - limit * 10_000) / 10_000).toFixed(4);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Lower-case ASCII: "Dvořák" becomes "dvorak". */
function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[^A-Za-z.]/g, "")
    .toLowerCase();
}
