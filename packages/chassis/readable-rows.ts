/** Rows as the person they are about may read them. */

/** More of one kind than anybody has; a request is bounded all the same. */
export const rowsOfPersonMax = 10_000;

/** Rows with members named as the API names them; bytes, which tell nobody anything, are left out. */
export function readableRows(rows: readonly object[]): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => !(value instanceof Uint8Array))
        .map(([name, value]) => [
          name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
          value as unknown,
        ]),
    ),
  );
}
