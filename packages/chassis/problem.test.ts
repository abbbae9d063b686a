import { expect, test } from "vitest";
import { defineProblem, Problem, toProblemJson } from "./problem.ts";

const slotTaken = defineProblem("thing/taken", 409, "The thing is taken.");
const where = { instance: "/v1/things", traceId: "0af7651916cd43dd8448eb211c80319c" };

test("a problem's body carries code, sentence, status, place and trace", () => {
  const body = toProblemJson(slotTaken("Taken from 15:00."), where);
  expect(body).toEqual({
    type: "/problems#thing/taken",
    title: "The thing is taken.",
    status: 409,
    detail: "Taken from 15:00.",
    instance: "/v1/things",
    code: "thing/taken",
    traceId: where.traceId,
  });
});

test("an extension member cannot disguise what the problem is", () => {
  const body = toProblemJson(
    slotTaken(undefined, { extra: { code: "other/thing", status: 200, freeAt: "16:00" } }),
    where,
  );
  expect(body).toMatchObject({ code: "thing/taken", status: 409, freeAt: "16:00" });
});

test("an occurrence is an Error with the definition's code, and takes no stack trace", () => {
  const problem = slotTaken("Taken.", { errors: [{ field: "startsAt", message: "is taken" }] });
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code: slotTaken.code, status: 409, message: "Taken." });
  expect(problem.stack).not.toContain("problem.test");
  expect(new Error("afterwards").stack).toContain("problem.test");
});

test.each([
  ["Thing/taken", 409],
  ["taken", 409],
  ["thing/taken", 200],
  ["thing/taken", 600],
])("refuses to declare %s with status %d", (code, status) => {
  expect(() => defineProblem(code, status, "No.")).toThrow(/problem/);
});
