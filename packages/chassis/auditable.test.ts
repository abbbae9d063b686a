import { expect, test } from "vitest";
import { isAuditable } from "./auditable.ts";

test.each([
  // status, code, a field's mistake, is the caller known, is it noted
  [401, "auth/token-missing", null, false, true],
  [401, "auth/token-invalid", null, false, true],
  [401, "auth/step-up-needed", null, true, true],
  [403, "auth/forbidden", null, true, true],
  [403, "booking/not-yours", null, true, true],
  [413, "request/body-too-large", null, false, true],
  [415, "request/unsupported-media-type", null, false, true],
  [429, "limit/too-many-requests", null, false, true],
  [431, "request/malformed", null, false, true],
  [404, "booking/not-found", null, true, true],
  [404, "resource/not-found", null, false, false],
  [404, "route/not-found", null, true, false],
  [400, "request/malformed", null, false, true],
  [400, "request/malformed-json", null, true, true],
  [400, "auth/state-wrong", null, false, true],
  [400, "request/body-not-received", null, true, false],
  [400, "request/invalid", ["items.0.startsAt", "invalid_type"], true, false],
  [400, "request/invalid", ["items", "too_big"], true, false],
  [400, "request/invalid", ["limit", "too_big"], false, true],
  [400, "request/invalid", ["role", "unrecognized_keys"], false, true],
  [400, "request/invalid", ["after", "invalid_cursor"], true, true],
  [400, "request/invalid", ["name", "unstorable"], true, true],
  [400, "request/invalid", ["client_secret", "repeated"], false, true],
  [400, "request/invalid", ["grant_type", "unsupported_grant_type"], false, true],
  [422, "request/invalid", ["price", "unrecognized_keys"], true, true],
  [422, "auth/password-too-weak", null, false, false],
  [405, "route/method-not-allowed", null, true, false],
  [409, "booking/slot-taken", null, true, false],
  [500, "internal/error", null, true, false],
  [503, "service/unavailable", null, true, false],
] as const)("%d %s with %j, caller known: %s, is noted: %s", (status, code, mistake, hasCaller, noted) => {
  const errors = mistake === null ? undefined : [{ field: mistake[0], message: "", code: mistake[1] }];
  expect(isAuditable({ status, code, errors }, hasCaller)).toBe(noted);
});
