/** Reads a client credentials request: RFC 6749, sections 2.3.1 and 4.4.2. */
import { type FieldError, type Problem } from "@holdfast/chassis/problem";
import { requestInvalid, unsupportedMediaType } from "@holdfast/chassis/problems";
import { clientRefused } from "./client-refused.ts";

export interface ClientRequest {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface FormRequest {
  readonly rawBody: Uint8Array;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * The client's id and secret, from the Authorization header (Basic) or from the form.
 * @throws unsupportedMediaType, requestInvalid or clientInvalid, with RFC 6749's `error` beside our code
 */
export function readClientRequest({ rawBody, contentType, authorization }: FormRequest): ClientRequest {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? "")) {
    throw unsupportedMediaType("The body must be sent as application/x-www-form-urlencoded.");
  }
  const form = new URLSearchParams(new TextDecoder().decode(rawBody));
  const repeated = [...new Set(form.keys())].filter((name) => form.getAll(name).length > 1);
  if (repeated.length > 0) {
    throw refuse(
      "invalid_request",
      repeated.map((field) => ({ field, message: "must be given once", code: "repeated" })),
    );
  }
  const grantType = form.get("grant_type");
  if (grantType === null) throw refuse("invalid_request", [{ field: "grant_type", message: "is missing" }]);
  if (grantType !== "client_credentials") {
    throw refuse("unsupported_grant_type", [
      { field: "grant_type", message: "must be client_credentials", code: "unsupported_grant_type" },
    ]);
  }
  // RFC 6749, section 2.3: one method in each request. Two readers could take the one or the other.
  if (isBasic(authorization) && form.has("client_secret")) {
    throw refuse("invalid_request", [
      { field: "client_secret", message: "must not come beside an Authorization header", code: "repeated" },
    ]);
  }
  return fromHeader(authorization) ?? fromForm(form);
}

/** A client's own credentials; a token in that header is nothing this endpoint looks at. */
function isBasic(authorization: string | undefined): boolean {
  return /^Basic\b/i.test(authorization ?? "");
}

function fromHeader(authorization: string | undefined): ClientRequest | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id, secret] = splitOnce(Buffer.from(encoded, "base64").toString());
  try {
    return { clientId: formDecode(id), clientSecret: formDecode(secret) };
  } catch {
    throw clientRefused();
  }
}

function fromForm(form: URLSearchParams): ClientRequest {
  const clientId = form.get("client_id");
  const clientSecret = form.get("client_secret");
  if (clientId === null || clientSecret === null) throw clientRefused();
  return { clientId, clientSecret };
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Throws on a percent sign that encodes nothing. */
function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function refuse(error: "invalid_request" | "unsupported_grant_type", errors: FieldError[]): Problem {
  return requestInvalid(undefined, { errors, extra: { error } });
}
