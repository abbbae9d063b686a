import { expect, test } from "vitest";
import { handoverOf } from "./send-failure.ts";

const error = (members: object) => Object.assign(new Error("550 <ana@example.com> is unknown"), members);

test.for([
  [{ code: "EENVELOPE", responseCode: 550, permanent: true, command: "RCPT TO" }, "refused", "smtp-550"],
  [{ code: "EMESSAGE", responseCode: 554, permanent: true }, "refused", "smtp-554"],
  [{ code: "EENVELOPE" }, "refused", "EENVELOPE"],
  [{ code: "EMESSAGE", responseCode: 451, permanent: false }, "failed", "smtp-451"],
  [{ code: "EENVELOPE", responseCode: 503, permanent: false }, "failed", "smtp-503"],
  [{ code: "ECONNECTION", command: "CONN" }, "failed", "ECONNECTION"],
  [{ code: "ETIMEDOUT", timeoutType: "SOCKET_TIMEOUT" }, "failed", "ETIMEDOUT"],
  [{ code: "ESOCKET", syscall: "read" }, "failed", "ESOCKET"],
  [{ code: "ESOCKET", syscall: "connect" }, "unreachable", "ESOCKET"],
  [{ code: "ETIMEDOUT", timeoutType: "GREETING_TIMEOUT" }, "unreachable", "ETIMEDOUT"],
  [{ code: "EDNS" }, "unreachable", "EDNS"],
  // Our own credentials are wrong: no fault of the message, which must not be lost for it.
  [{ code: "EAUTH", responseCode: 535, permanent: true }, "unreachable", "EAUTH"],
  [{ code: "what ana@example.com said" }, "failed", "unknown"],
] as const)("%j is %s", ([members, outcome, code]) => {
  expect(handoverOf(error(members))).toEqual({ outcome, code });
});
