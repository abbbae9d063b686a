import fc from "fast-check";
import { expect, test } from "vitest";
import { fillPsqlVariables } from "./psql-variables.ts";

test("quotes a value so that it stays one string", () => {
  expect(fillPsqlVariables("alter role x password :'pw';", { pw: "a'; drop role x; --" })).toBe(
    "alter role x password 'a''; drop role x; --';",
  );
});

test("keeps every value inside its quotes, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const filled = fillPsqlVariables(":'pw'", { pw: value });
      const quoted = /^(?<escaped> E)?'(?<body>(?:[^'\\]|''|\\\\)*)'$/.exec(filled);
      expect(quoted).not.toBeNull();
      expect(quoted?.groups?.["body"]?.replaceAll("''", "'").replaceAll("\\\\", "\\")).toBe(value);
    }),
  );
});

test("quotes a name as a name", () => {
  expect(fillPsqlVariables('create role :"who"', { who: 'a"b' })).toBe('create role "a""b"');
});

test("leaves strings, dollar quotes, comments and casts as psql does", () => {
  const sql = "select ':''x''', $$ :'x' $$, $a$ :'x' $a$, 1::text -- :'x'\n /* :'x' */";
  expect(fillPsqlVariables(sql, {})).toBe(sql);
});

test("does not fill in what a value itself contains", () => {
  expect(fillPsqlVariables(":'a' :'b'", { a: ":'b'", b: "$&" })).toBe("':''b''' '$&'");
});

test("refuses a missing variable and a bare one", () => {
  expect(() => fillPsqlVariables(":'toString'", {})).toThrow("no value for the psql variable toString");
  expect(() => fillPsqlVariables("select :x", { x: "1; drop table y" })).toThrow("is not quoted");
});
