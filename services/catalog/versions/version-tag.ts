/** A version as an HTTP entity tag (RFC 9110, sections 8.8.3 and 13.1.1), and changes that name the version they replace. */
import { versionMissing, versionOutdated } from "../problems.ts";

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

/**
 * Lets pass a change of exactly this version.
 * @throws versionMissing, versionOutdated with the present version's tag
 */
export function requireVersion(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined) throw versionMissing();
  if (!ifMatchAllows(ifMatch, version)) {
    throw versionOutdated(undefined, { headers: { etag: versionTag(version) } });
  }
}
