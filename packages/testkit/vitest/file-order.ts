import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Small files that take long: what begins last is waited for by nobody's side. */
const first = [
  "demo/first-steps.",
  "services/booking/hotel-year.",
  "services/booking/storm.",
  "services/payment/stripe-calls.",
  "packages/chassis/run.",
  "services/auth/keys/signing-keys.",
  // It reads all that ever was on the platform that files share.
  "e2e/erasure.",
];
/**
 * In this order, for each audits what those before it have left: thousands of bookings on the shared platform, and then
 * those that break one of theirs, before which the shared one ends.
 */
const last = ["e2e/hotel-replay.", "e2e/failure-table-services.", "e2e/failure-table-servers.", "e2e/kill9."];

/** As vitest orders files, by what it remembers of them or else by size, but for those we know something of. */
export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const path = relative(root, moduleId);
      const isOf = (known: string): boolean => path.startsWith(known);
      return first.some(isOf) ? -1 : last.findIndex(isOf) + 1;
    };
    const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b));
  }
}
