/** A resource's version as an HTTP entity tag (RFC 9110, sections 8.8.3 and 13.1.1). */

/** The ETag header of a version. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/** Does an If-Match header allow changing this version? Weak tags never match, `*` always does. */
export function ifMatchAllows(ifMatch: string, version: number): boolean {
  return ifMatch
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag === versionTag(version));
}
