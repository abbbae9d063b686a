/** `node deploy/k8s/write.ts`: writes `base/<service>.yaml` for every workload. */
import { writeFile } from "node:fs/promises";
import { manifestFile } from "./manifests.ts";
import { workloads } from "./workloads.ts";

for (const workload of workloads) {
  await writeFile(new URL(`base/${workload.name}.yaml`, import.meta.url), manifestFile(workload));
}
