/** Asks booking and catalog what invoices say. What they answer is kept in the documents alone. */
import { type AskedService, askService } from "@holdfast/chassis/ask-service";
import { getInvoiceFacts, type InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import { getIssuers, type Issuer } from "@holdfast/contracts/api/issuers";
import type { Id } from "@holdfast/contracts/ids";

export interface DocumentSources {
  /**
   * The facts of these bookings, at most 200, in one request; one that booking does not know is not among them.
   * @throws Error where booking cannot be reached or does not answer as it should
   */
  factsOf(bookingIds: readonly Id<"bkg">[]): Promise<ReadonlyMap<string, InvoiceFacts>>;
  /**
   * As `factsOf`, of vendors, at most 500.
   * @throws Error where catalog cannot be reached or does not answer as it should
   */
  issuersOf(vendorIds: readonly Id<"vnd">[]): Promise<ReadonlyMap<string, Issuer>>;
}

export function createDocumentSources(booking: AskedService, catalog: AskedService): DocumentSources {
  return {
    async factsOf(bookingIds) {
      if (bookingIds.length === 0) return new Map();
      const { bookings } = await askService(booking, getInvoiceFacts, {
        bookingIds: [...new Set(bookingIds)],
      });
      return new Map(bookings.map((facts) => [facts.bookingId, facts]));
    },
    async issuersOf(vendorIds) {
      if (vendorIds.length === 0) return new Map();
      const { issuers } = await askService(catalog, getIssuers, { vendorIds: [...new Set(vendorIds)] });
      return new Map(issuers.map((issuer) => [issuer.vendorId, issuer]));
    },
  };
}
