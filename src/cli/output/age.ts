/** The ladder of kubectl's HumanDuration: the older, the coarser. */
const steps = [
  { belowSeconds: 120, large: "s", largeSeconds: 1 },
  { belowSeconds: 600, large: "m", largeSeconds: 60, small: "s", smallSeconds: 1 },
  { belowSeconds: 10_800, large: "m", largeSeconds: 60 },
  { belowSeconds: 28_800, large: "h", largeSeconds: 3_600, small: "m", smallSeconds: 60 },
  { belowSeconds: 172_800, large: "h", largeSeconds: 3_600 },
  { belowSeconds: 691_200, large: "d", largeSeconds: 86_400, small: "h", smallSeconds: 3_600 },
  { belowSeconds: 63_072_000, large: "d", largeSeconds: 86_400 },
  { belowSeconds: 252_288_000, large: "y", largeSeconds: 31_536_000, small: "d", smallSeconds: 86_400 },
  { belowSeconds: Infinity, large: "y", largeSeconds: 31_536_000 },
] as const satisfies readonly {
  readonly belowSeconds: number;
  readonly large: string;
  readonly largeSeconds: number;
  readonly small?: string;
  readonly smallSeconds?: number;
}[];

/** An age as kubectl shows it: `45s`, `4m10s`, `3h`, `2d5h`, `1y200d`. */
export function renderAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  for (const step of steps) {
    if (seconds >= step.belowSeconds) continue;
    const large = `${Math.floor(seconds / step.largeSeconds)}${step.large}`;
    if (!("small" in step)) return large;
    const rest = Math.floor((seconds % step.largeSeconds) / step.smallSeconds);
    return rest === 0 ? large : `${large}${rest}${step.small}`;
  }
  return `${seconds}s`;
}
