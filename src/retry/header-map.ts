/** Response headers by lower-case name; several lines of one name are an array. */
export type HeaderMap = Readonly<Record<string, string | string[] | undefined>>;

/** The lines of one header, first to last; own properties only, so that a polluted Object.prototype adds none. */
export function headerLines(headers: HeaderMap, name: string): readonly string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** One header as one line (RFC 9110 5.3 joins several with commas); undefined when it is absent. */
export function headerText(headers: HeaderMap, name: string): string | undefined {
  const lines = headerLines(headers, name);
  return lines.length === 0 ? undefined : lines.join(", ");
}

/** Without the blanks and tabs around it: optional whitespace is those two, not all that trim() takes (RFC 9110 5.6.3). */
export function trimBlanks(value: string): string {
  const isBlank = (character: string | undefined): boolean => character === " " || character === "\t";
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start])) start += 1;
  while (end > start && isBlank(value[end - 1])) end -= 1;
  return value.slice(start, end);
}
