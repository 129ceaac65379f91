/** One entry of the table behind error messages, `errand explain` and the reference page. */
export interface CatalogEntry {
  /** A noun phrase: what happened. */
  readonly title: string;
  /** What it means, in one or two sentences. */
  readonly meaning: string;
  /** What to do next; never "switch verification off". */
  readonly remedy: string;
  /** Exit code of the request command. */
  readonly exitCode: number;
}
