/** Of things that come in any order and more than once, what there is to know of each. */

/** The newest of each key, in the order of the keys: rows are to be locked in one order everywhere. */
export function newestByKey<T extends { readonly version: number }>(
  all: readonly T[],
  keyOf: (one: T) => string,
): T[] {
  const newest = new Map<string, T>();
  for (const one of all) {
    const known = newest.get(keyOf(one));
    if (known === undefined || known.version < one.version) newest.set(keyOf(one), one);
  }
  return [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
