/** Further off than this, a name is not a slip of the finger. */
const FARTHEST_SHARE = 0.5;

/** The name most like the wanted one (Levenshtein), if any is like it at all. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const ranked = [...names].map((name) => ({ name, distance: distance(wanted, name) }));
  const best = ranked.sort((left, right) => left.distance - right.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, wanted.length * FARTHEST_SHARE) ? best.name : undefined;
}

function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
