/** Refuses what node's parser lets through and another reader of the same bytes could take for something else. */
import type { IncomingMessage } from "node:http";
import { malformedRequest } from "@holdfast/chassis/problems";

/** Of these node keeps the first and drops the rest without a word; another reader may take the last. */
const onceAtMost = new Set(["host", "authorization", "content-type", "content-length", "x-request-id"]);

const longestName = Math.max(...[...onceAtMost].map((name) => name.length));
const lengths = new Set([...onceAtMost].map((name) => name.length));

const closing = { headers: { connection: "close" } };

/** @throws malformedRequest, after which the connection ends */
export function requireUnambiguous(incoming: IncomingMessage): void {
  const { rawHeaders, headers, httpVersionMajor, httpVersionMinor, url = "" } = incoming;
  // An absolute or authority form is for forward proxies, which this is not.
  if (!url.startsWith("/") || url.includes("#"))
    throw malformedRequest("The request target must be a path.", closing);
  if (httpVersionMajor !== 1) throw malformedRequest("HTTP/1.1 is spoken here.", closing);
  if (headers.host === undefined && httpVersionMinor !== 0)
    throw malformedRequest("A Host header is needed.", closing);
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    throw malformedRequest("The only transfer coding is chunked.", closing);
  let seen = "";
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at]!;
    if (sent.length > longestName || !lengths.has(sent.length)) continue;
    const name = sent.toLowerCase();
    if (!onceAtMost.has(name)) continue;
    if (seen.includes(`\n${name}\n`)) throw malformedRequest(`The header ${name} is there twice.`, closing);
    seen += `\n${name}\n`;
  }
}
