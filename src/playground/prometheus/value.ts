/** Labels of a series, the metric's name as `__name__` among them. */
export type Labels = Readonly<Record<string, string>>;

/** A series at one moment. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** What an expression gives at one moment. */
export type Value =
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly Sample[] };
