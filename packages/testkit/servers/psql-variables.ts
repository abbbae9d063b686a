import pg from "pg";

// What psql leaves alone (strings, quoted names, dollar quotes, comments, casts), then its three ways to name a variable.
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$|--[^\n]*|\/\*[\s\S]*?\*\/|::|:'(?<literal>\w+)'|:"(?<name>\w+)"|:(?<bare>\w+)/g;

/**
 * Fills in psql's `:'variable'` (as a quoted string) and `:"variable"` (as a quoted name), as psql itself would, so that one
 * file serves psql and a driver. Backslash strings (`E'…'`) are not understood.
 * @throws Error when a variable is missing, or stands bare (`:variable`), where a value could become SQL.
 */
export function fillPsqlVariables(sql: string, variables: Readonly<Record<string, string>>): string {
  const valueOf = (name: string): string => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) throw new Error(`no value for the psql variable ${name}`);
    return value;
  };
  return sql.replaceAll(tokens, (...match: unknown[]) => {
    const text = String(match[0]);
    const groups = match.at(-1) as { literal?: string; name?: string; bare?: string };
    if (groups.bare !== undefined) throw new Error(`the psql variable ${text} is not quoted`);
    if (groups.literal !== undefined) return pg.escapeLiteral(valueOf(groups.literal));
    if (groups.name !== undefined) return pg.escapeIdentifier(valueOf(groups.name));
    return text;
  });
}
