const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const dayName = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const longDayName = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const month = `(?<month>${months.join("|")})`;
const time = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

const imfFixdate = new RegExp(`^${dayName}, (?<day>\\d{2}) ${month} (?<year>\\d{4}) ${time} GMT$`);
const rfc850Date = new RegExp(`^${longDayName}, (?<day>\\d{2})-${month}-(?<year>\\d{2}) ${time} GMT$`);
const asctimeDate = new RegExp(`^${dayName} ${month} (?<day>\\d{2}| \\d) ${time} (?<year>\\d{4})$`);

interface DateFields {
  readonly year: number;
  /** 0 for January. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * Milliseconds since the epoch of an HTTP-date: IMF-fixdate, RFC 850 or asctime, always UTC (RFC 9110 5.6.7).
 *
 * Undefined for anything else, dates that do not exist included. The day of the week is not compared with the date: it carries nothing.
 * @param nowMs places the two-digit years of RFC 850
 */
export function parseHttpDate(value: string, nowMs: number): number | undefined {
  const full = imfFixdate.exec(value) ?? asctimeDate.exec(value);
  if (full !== null) return epochMs(fieldsOf(full));
  const short = rfc850Date.exec(value);
  if (short === null) return undefined;
  const fields = fieldsOf(short);
  return epochMs({ ...fields, year: fullYear(fields, nowMs) });
}

/** The latest year with these two digits that is not more than 50 years ahead (RFC 9110 5.6.7). */
function fullYear(fields: DateFields, nowMs: number): number {
  const horizon = new Date(nowMs);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50);
  const century = horizon.getUTCFullYear() - (horizon.getUTCFullYear() % 100);
  const year = century + fields.year;
  return toMs({ ...fields, year }) > horizon.getTime() ? year - 100 : year;
}

function epochMs(fields: DateFields): number | undefined {
  const { year, month, day, hour, minute, second } = fields;
  // A second of 60 is a leap second.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(toMs({ year, month, day, hour: 0, minute: 0, second: 0 }));
  // The date rolls over into the next month when the day does not exist.
  return midnight.getUTCMonth() === month && midnight.getUTCDate() === day ? toMs(fields) : undefined;
}

function toMs({ year, month, day, hour, minute, second }: DateFields): number {
  // Not Date.UTC, which reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.setUTCHours(hour, minute, second);
}

function fieldsOf(match: RegExpExecArray): DateFields {
  const group = (name: string): string => match.groups?.[name] ?? "";
  return {
    year: Number(group("year")),
    month: months.indexOf(group("month")),
    day: Number(group("day")),
    hour: Number(group("hour")),
    minute: Number(group("minute")),
    second: Number(group("second")),
  };
}
