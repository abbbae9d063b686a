/** Lists that have a first item: the parts of a booking, the occurrences of a series. */

export type NonEmpty<T> = readonly [T, ...T[]];

/** As `map`, for a list whose outcome has a first item too; in order. */
export function mapNonEmpty<T, U>(list: NonEmpty<T>, to: (one: T, index: number) => U): [U, ...U[]] {
  const [first, ...others] = list;
  return [to(first, 0), ...others.map((one, index) => to(one, index + 1))];
}
