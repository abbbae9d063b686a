/** How a page of a list says where the next one is. */
import { isPaged } from "@holdfast/contracts/define-endpoint";
import type { ServedEndpoint } from "./endpoint.ts";

/**
 * The Link header to the next page (RFC 8288): the address that was asked for, with the cursor that the answer ends
 * with. Undefined on the last page, and where the answer is no page.
 */
export function nextPageLink(endpoint: ServedEndpoint, askedUrl: string, body: unknown): string | undefined {
  if (!isPaged(endpoint) || typeof body !== "object" || body === null || !("next" in body)) return undefined;
  if (typeof body.next !== "string") return undefined;
  const [path = "", query = ""] = askedUrl.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("after", body.next);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
