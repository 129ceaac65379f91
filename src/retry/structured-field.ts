import { trimBlanks } from "./header-map.ts";

/** An Integer or Decimal, a Boolean, or the text of a String, Token or Byte Sequence. */
export type BareItem = string | number | boolean;

export interface Item {
  readonly value: BareItem;
  readonly parameters: ReadonlyMap<string, BareItem>;
}

interface Cursor {
  readonly text: string;
  index: number;
}

const numberPattern = /-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])/y;
const stringPattern = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const tokenPattern = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y;
const bytesPattern = /:([A-Za-z0-9+/=]*):/y;
const booleanPattern = /\?([01])/y;
const keyPattern = /[a-z*][a-z0-9_.*-]*/y;
const parameterPattern = /; */y;
const equalsPattern = /=/y;
const separatorPattern = /[ \t]*,[ \t]*/y;

/** A structured-field List of Items (RFC 9651 4.2.1); undefined when any part is malformed. Inner lists are not read. */
export function parseItemList(text: string): readonly Item[] | undefined {
  const items: Item[] = [];
  const isWhole = eachMember(text, (cursor) => {
    const item = readItem(cursor);
    if (item !== undefined) items.push(item);
    return item !== undefined;
  });
  return isWhole ? items : undefined;
}

/** A structured-field Dictionary of Items (RFC 9651 4.2.2); undefined when any part is malformed. */
export function parseItemDictionary(text: string): ReadonlyMap<string, Item> | undefined {
  const members = new Map<string, Item>();
  const isWhole = eachMember(text, (cursor) => {
    const key = take(cursor, keyPattern)?.[0];
    if (key === undefined) return false;
    const item = take(cursor, equalsPattern) === undefined ? withParameters(cursor, true) : readItem(cursor);
    if (item !== undefined) members.set(key, item);
    return item !== undefined;
  });
  return isWhole ? members : undefined;
}

function eachMember(text: string, read: (cursor: Cursor) => boolean): boolean {
  const cursor: Cursor = { text: trimBlanks(text), index: 0 };
  do {
    if (!read(cursor)) return false;
  } while (take(cursor, separatorPattern) !== undefined);
  return cursor.index === cursor.text.length;
}

function readItem(cursor: Cursor): Item | undefined {
  const value = readBareItem(cursor);
  return value === undefined ? undefined : withParameters(cursor, value);
}

function withParameters(cursor: Cursor, value: BareItem): Item | undefined {
  const parameters = new Map<string, BareItem>();
  while (take(cursor, parameterPattern) !== undefined) {
    const key = take(cursor, keyPattern)?.[0];
    if (key === undefined) return undefined;
    const parameter = take(cursor, equalsPattern) === undefined ? true : readBareItem(cursor);
    if (parameter === undefined) return undefined;
    parameters.set(key, parameter);
  }
  return { value, parameters };
}

function readBareItem(cursor: Cursor): BareItem | undefined {
  const number = take(cursor, numberPattern)?.[0];
  if (number !== undefined) return Number(number);
  const string = take(cursor, stringPattern)?.[1];
  if (string !== undefined) return string.replace(/\\(["\\])/g, "$1");
  const boolean = take(cursor, booleanPattern)?.[1];
  if (boolean !== undefined) return boolean === "1";
  return take(cursor, bytesPattern)?.[1] ?? take(cursor, tokenPattern)?.[0];
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.index;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.index += match[0].length;
  return match;
}
