/** What Go's strconv.FormatFloat writes: decimal digits, perhaps a fraction and an exponent. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A sample's value: a number, NaN or an infinity; undefined for anything else.
 *
 * Values are text in Prometheus' JSON (`"0.5"`, `"1e+00"`, `"NaN"`, `"+Inf"`), and `Number("+Inf")` is NaN in JavaScript, which would make
 * "no data" of the worst value there is.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
 */
export function parseSampleValue(text: string): number | undefined {
  switch (text) {
    case "NaN":
      return Number.NaN;
    case "+Inf":
    case "Inf":
      return Number.POSITIVE_INFINITY;
    case "-Inf":
      return Number.NEGATIVE_INFINITY;
    default:
      return NUMBER.test(text) ? Number(text) : undefined;
  }
}
