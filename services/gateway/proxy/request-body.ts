/** A client's body on its way to a service: small ones in one piece, others as they come, none beyond its limit. */
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import {
  bodyNotReceived,
  bodyTooLarge,
  malformedRequest,
  unsupportedMediaType,
} from "@holdfast/chassis/problems";
import { readBody } from "@holdfast/chassis/request-reading";
import type { GatewayRoute } from "../routes.ts";

/**
 * Up to here a body is gathered first: it then leaves in one write together with its headers, and a slow client holds
 * up no connection to the service.
 */
const gatheredBytes = 65_536;

export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "gathered"; readonly bytes: Buffer }
  | { readonly kind: "streamed"; readonly stream: Transform; readonly contentLength: number | undefined };

const noBody: RequestBody = { kind: "none" };

const closing = { headers: { connection: "close" } };

/** Lets `maxBytes` through and fails with bodyTooLarge on the next one. */
function limitBytes(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(bodyTooLarge(`At most ${maxBytes} bytes are taken.`, closing));
      else done(null, chunk);
    },
  });
}

/**
 * Takes the body of a call.
 * @throws bodyTooLarge by its Content-Length, malformedRequest for a body where the method has none,
 * unsupportedMediaType for a compressed one, of which nothing is read
 */
export async function takeBody(incoming: IncomingMessage, route: GatewayRoute): Promise<RequestBody> {
  const { "content-length": lengthHeader, "transfer-encoding": coding } = incoming.headers;
  const length = lengthHeader === undefined ? undefined : Number(lengthHeader);
  if (coding === undefined && (length === undefined || length === 0)) return noBody;
  if (route.method === "GET") throw malformedRequest(`A ${route.method} request has no body.`, closing);
  if ((incoming.headers["content-encoding"] ?? "identity") !== "identity")
    throw unsupportedMediaType(undefined, closing);
  if (length !== undefined && length > route.maxBodyBytes) {
    throw bodyTooLarge(`At most ${route.maxBodyBytes} bytes are taken.`, closing);
  }
  if (length !== undefined && length <= gatheredBytes) {
    return { kind: "gathered", bytes: await readBody(incoming, route.maxBodyBytes) };
  }
  const stream = limitBytes(route.maxBodyBytes);
  // Not `pipeline`: that would end the client's connection with the stream, and the client is to be told.
  incoming.pipe(stream);
  // The call listens for errors too, but a call that is refused before it goes out does not.
  stream.on("error", () => {});
  incoming.once("close", () => {
    if (!incoming.complete) stream.destroy(bodyNotReceived());
  });
  return { kind: "streamed", stream, contentLength: length };
}
