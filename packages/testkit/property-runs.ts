/** How often a property is tried where that takes long: `all` times, and in `npm run check` a tenth as often. */
export function propertyRuns(all: number): number {
  return process.env["HOLDFAST_PROPERTIES"] === "quick" ? Math.ceil(all / 10) : all;
}
