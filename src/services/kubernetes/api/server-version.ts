/** Of `/version`. */
export interface ServerVersion {
  readonly major: string;
  /** May end in `+` on managed clusters. */
  readonly minor: string;
  /** `v1.36.2`. */
  readonly gitVersion: string;
  readonly platform?: string;
}
