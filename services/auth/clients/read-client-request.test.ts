import { Problem } from "@holdfast/chassis/problem";
import { describe, expect, test } from "vitest";
import { type FormRequest, readClientRequest } from "./read-client-request.ts";

const form = (fields: string, headers: Partial<Omit<FormRequest, "rawBody">> = {}): FormRequest => ({
  rawBody: new TextEncoder().encode(fields),
  contentType: "application/x-www-form-urlencoded",
  authorization: undefined,
  ...headers,
});
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

function refusalOf(request: FormRequest): Problem {
  try {
    readClientRequest(request);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a client credentials request", () => {
  test("names the client in the form", () => {
    const request = form("grant_type=client_credentials&client_id=notification&client_secret=a%26b+c");
    expect(readClientRequest(request)).toEqual({ clientId: "notification", clientSecret: "a&b c" });
  });

  test("names the client in the Authorization header, form-encoded before base64", () => {
    const request = form("grant_type=client_credentials", { authorization: basic("notification:a%3Ab%26c") });
    expect(readClientRequest(request)).toEqual({ clientId: "notification", clientSecret: "a:b&c" });
  });

  test("may say a charset", () => {
    const contentType = "application/x-www-form-urlencoded; charset=UTF-8";
    const request = form("grant_type=client_credentials&client_id=a&client_secret=b", { contentType });
    expect(readClientRequest(request).clientId).toBe("a");
  });

  test.each([
    ["grant_type=password&client_id=a&client_secret=b", "request/invalid", "unsupported_grant_type"],
    ["client_id=a&client_secret=b", "request/invalid", "invalid_request"],
    ["grant_type=client_credentials&grant_type=client_credentials", "request/invalid", "invalid_request"],
    ["grant_type=client_credentials", "auth/client-invalid", "invalid_client"],
    ["grant_type=client_credentials&client_id=a", "auth/client-invalid", "invalid_client"],
  ])("refuses %s", (fields, code, error) => {
    expect(refusalOf(form(fields))).toMatchObject({ code, extra: { error } });
  });

  test("refuses two methods in one request", () => {
    const both = form("grant_type=client_credentials&client_secret=b", { authorization: basic("a:b") });
    expect(refusalOf(both)).toMatchObject({ code: "request/invalid", extra: { error: "invalid_request" } });
  });

  test("refuses a header whose encoding is broken", () => {
    const request = form("grant_type=client_credentials", { authorization: basic("a:%zz") });
    expect(refusalOf(request).code).toBe("auth/client-invalid");
  });

  test.each([undefined, "application/json", "text/plain"])("refuses a body of type %s", (contentType) => {
    expect(refusalOf(form("grant_type=client_credentials", { contentType })).status).toBe(415);
  });
});
