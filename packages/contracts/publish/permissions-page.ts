/** `docs/permissions.md`: who may do what, from the same table that the checks are made from. */
import {
  grants,
  memberGrants,
  type Permission,
  permissionsByMemberRole,
  permissionsByRole,
  type Role,
  roles,
  scopes,
} from "../access.ts";
import { type EndpointDefinition, stepUpSeconds } from "../define-endpoint.ts";
import { type MemberRole, memberRoles } from "../events/catalog.ts";

/** Roles whose accounts may call what asks for this permission. */
export function rolesWith(permission: Permission): Role[] {
  return roles.filter((role) => grants([role], permission));
}

/** Roles with a vendor that allow it there; none for what is not about a vendor. */
export function memberRolesWith(permission: Permission): MemberRole[] {
  return memberRoles.filter((role) => memberGrants(role, permission));
}

/** May an API key be made that may call it? Never where its owner must have proved who they are just now. */
export function takesApiKeys({ access, stepUp }: Pick<EndpointDefinition, "access" | "stepUp">): boolean {
  return stepUp !== true && (scopes as readonly string[]).includes(access);
}

/** A table whose columns are as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const yes = (does: boolean) => (does ? "yes" : "");

function permissionTable(): string {
  const permissions = [...new Set(roles.flatMap((role): Permission[] => [...permissionsByRole[role]]))];
  const shown = roles.filter((role) => permissionsByRole[role].length > 0);
  return table(
    ["permission", ...shown, "API keys"],
    permissions.map((permission) => [
      `\`${permission}\``,
      ...shown.map((role) => yes(grants([role], permission))),
      yes((scopes as readonly Permission[]).includes(permission)),
    ]),
  );
}

function memberTable(): string {
  return table(
    ["permission", ...memberRoles],
    permissionsByMemberRole.owner.map((permission) => [
      `\`${permission}\``,
      ...memberRoles.map((role) => yes(memberGrants(role, permission))),
    ]),
  );
}

const call = ({ method, path }: EndpointDefinition) => `\`${method.toUpperCase()} ${path}\``;

function endpointRow(endpoint: EndpointDefinition): string[] {
  const { access, stepUp } = endpoint;
  if (access === "public") return [call(endpoint), "anybody", "", "", "", ""];
  if (access === "service") return [call(endpoint), "services", "", "", "", ""];
  return [
    call(endpoint),
    `\`${access}\``,
    rolesWith(access).join(", "),
    memberRolesWith(access).join(", "),
    yes(takesApiKeys(endpoint)),
    yes(stepUp === true),
  ];
}

/** The page, for these endpoints; a service's stand together, by path. */
export function permissionsPage(endpoints: readonly EndpointDefinition[]): string {
  const services = [...new Set(endpoints.map(({ service }) => service))];
  const place = ({ path, method }: EndpointDefinition) => `${path} ${method}`;
  const sections = services.map((service) => {
    const own = endpoints
      .filter((endpoint) => endpoint.service === service)
      .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
    const head = ["call", "permission", "roles", "with the vendor", "API keys", "step-up"];
    return `### ${service}\n\n${table(head, own.map(endpointRow))}\n`;
  });
  return `# Who may do what

Written by \`npm run contracts\` from \`packages/contracts/access.ts\` and the endpoints, which the gateway and every service check by; change it there. \`security/permissions.security.test.ts\` tries each row with everybody.

A permission is \`noun:verb:scope\`. With \`own\` the object must be the caller's or their vendor's: to everybody else it does not exist (404). With \`any\` it may be anybody's.

## Roles

What an account may ask for at all. Whoever acts for a vendor has the role \`vendor\` as well, in the tokens they get from then on. A service has none of them: it may call what is for services, and nothing else. "API keys": may be a key's scope; a key may never do more than its owner.

${permissionTable()}

## Roles with a vendor

What the vendor's people may do there; administrators may do what an owner may, for every vendor. It is looked up at each call: who is taken from a vendor is a stranger to it at once.

${memberTable()}

## Calls

"Step-up": the caller must have signed in, or proved again who they are, within the last ${stepUpSeconds / 60} minutes; no API key has. "Services": other services with a token of their own, never through the gateway.

${sections.join("\n")}`;
}
