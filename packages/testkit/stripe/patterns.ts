/** Whether a name is the pattern, or begins as the pattern does before its final `*`. */
export function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Whether a path is the pattern, in which `*` stands for any one step. */
export function isPath(pattern: string, path: string): boolean {
  const steps = path.split("/");
  const wanted = pattern.split("/");
  return (
    wanted.length === steps.length && wanted.every((step, index) => step === "*" || step === steps[index])
  );
}
