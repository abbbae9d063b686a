/** One vendor's money in memory: what is decided about it, a provider that does under one key one thing, and the books. */
import { type Id, newId } from "@holdfast/contracts/ids";
import type { Posting } from "../ledger/accounts.ts";
import { defaultPatience } from "../payments/payment.ts";
import { type OpenItem, payableOf, sumOf } from "./payable.ts";
import { transferPosting } from "./record-transfer.ts";
import { takeBacks } from "./take-back.ts";
import {
  applyTransferAnswer,
  newTransfer,
  takeUpTransfer,
  type Transfer,
  type TransferTerms,
} from "./transfer.ts";

/** What happens to a call: it is done; refused; done, and its answer lost; or lost before it is done. */
export type Fate = "done" | "refused" | "lost-after" | "lost-before";

interface Item extends OpenItem {
  transferId: Id<"trf"> | null;
  tookBack: boolean;
  frozen: boolean;
}

const hourMs = 3_600_000;
const currency = "EUR";

export class PayoutsWorld {
  readonly items: Item[] = [];
  readonly books: Posting[] = [];
  readonly bookings: Id<"bkg">[] = [];
  readonly #transfers = new Map<Id<"trf">, Transfer>();
  readonly #frozen = new Set<string>();
  /** What the provider has done, by key. */
  readonly #done = new Map<string, { readonly transfer: Transfer; readonly providerId: string }>();
  readonly #vendorId = newId("vnd");
  #nowMs = 0;

  /** Something is settled: the vendor is owed, or owes. */
  settle(bookingId: Id<"bkg">, payableMinor: number, taxMinor: number): void {
    if (payableMinor === 0 && taxMinor === 0) return;
    if (!this.bookings.includes(bookingId)) this.bookings.push(bookingId);
    this.items.push({
      transactionId: newId("ltx"),
      bookingId,
      payableMinor,
      taxMinor,
      amountMinor: payableMinor + taxMinor,
      availableAt: this.#now.toString(),
      transferId: null,
      tookBack: false,
      frozen: this.#frozen.has(bookingId),
    });
  }

  freeze(bookingId: string): void {
    this.#frozen.add(bookingId);
    this.#mark(bookingId, true);
  }

  release(bookingId: string): void {
    this.#frozen.delete(bookingId);
    this.#mark(bookingId, false);
  }

  wait(hours: number): void {
    this.#nowMs += hours * hourMs;
  }

  /** A payout's day: what is payable is planned. Says how much. */
  plan(holdDays: number): number {
    if (this.#all.some(({ state }) => state === "planned")) return 0;
    const payable = payableOf(this.open(), { now: this.#now, holdDays });
    if (payable.takenMinor <= 0) return 0;
    const payableMinor = payable.taken.reduce((sum, item) => sum + item.payableMinor, 0);
    const transfer = this.#new({ payableMinor, taxMinor: payable.takenMinor - payableMinor, reverses: null });
    for (const { transactionId } of payable.taken) {
      for (const item of this.items) if (item.transactionId === transactionId) item.transferId = transfer.id;
    }
    return payable.takenMinor;
  }

  /** What is owed back is decided about. */
  takeBack(): void {
    const owing = this.items.filter(
      (item) => item.transferId === null && item.amountMinor < 0 && !item.tookBack,
    );
    for (const bookingId of new Set(owing.map((item) => item.bookingId))) {
      const paidBy = new Set(
        this.items
          .filter((item) => item.bookingId === bookingId)
          .flatMap(({ transferId }) => transferId ?? []),
      );
      const transfers = this.#all.filter(({ id }) => paidBy.has(id));
      if (bookingId === null || transfers.some(({ state }) => state === "planned")) continue;
      for (const item of owing) if (item.bookingId === bookingId) item.tookBack = true;
      const open = this.open().filter((item) => item.bookingId === bookingId);
      const underWay = this.#underWay(bookingId);
      const sent = transfers.filter(({ state }) => state === "sent");
      for (const { of, payableMinor, taxMinor } of takeBacks(open, sent, underWay)) {
        const reverses = { transferId: of.id, providerId: of.providerId ?? "", bookingId };
        const { amountMinor } = this.#new({ payableMinor, taxMinor, reverses });
        this.#transfers.set(of.id, { ...of, reversingMinor: of.reversingMinor + amountMinor });
      }
    }
  }

  /** The calls under way are made, each with the next of these fates; after them all is done. */
  call(fates: readonly Fate[] = []): void {
    for (const [index, transfer] of this.#all.filter(({ call }) => call !== null).entries())
      this.#call(takeUpTransfer(transfer, this.#surroundings), fates[index] ?? "done");
  }

  /** Nothing is under way. */
  get isQuiet(): boolean {
    return this.#all.every(({ call }) => call === null);
  }

  open(): Item[] {
    return this.items.filter(({ transferId }) => transferId === null);
  }

  /** What the vendor's account at the provider holds. */
  get atProviderMinor(): number {
    const amounts = [...this.#done.values()].map(({ transfer: { reverses, amountMinor } }) =>
      reverses === null ? amountMinor : -amountMinor,
    );
    return amounts.reduce((sum, amount) => sum + amount, 0);
  }

  /** What transfers have been planned and are not known to be sent. */
  get onItsWayMinor(): number {
    return this.#all
      .filter(({ state, reverses }) => state === "planned" && reverses === null)
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  }

  /** What is wrong about what was moved; nothing where all is well. */
  contradictions(): string[] {
    const perTransfer = this.#all.filter(
      ({ amountMinor, reversedMinor, reversingMinor }) => reversedMinor + reversingMinor > amountMinor,
    );
    const done = [...this.#done.values()].map(({ transfer }) => transfer.id);
    // Of what is open: what a transfer has netted is owed no more.
    const owed = (bookingId: string) => -sumOf(this.open().filter((item) => item.bookingId === bookingId));
    const wrong = {
      "more is being taken back than is owed": this.bookings.some((bookingId) => {
        const underWay = this.#underWay(bookingId);
        return underWay > 0 && underWay > owed(bookingId);
      }),
      "something was moved twice": new Set(done).size < done.length,
      "more was taken back than sent": perTransfer.length > 0,
      "the vendor's account is overdrawn": this.atProviderMinor < 0,
      "tax or share is not whole": this.#all.some(
        ({ amountMinor, payableMinor, taxMinor }) => amountMinor !== payableMinor + taxMinor,
      ),
    };
    return Object.entries(wrong).flatMap(([name, is]) => (is ? [name] : []));
  }

  #mark(bookingId: string, frozen: boolean): void {
    for (const item of this.open()) if (item.bookingId === bookingId) item.frozen = frozen;
  }

  #underWay(bookingId: string): number {
    return this.#all
      .filter(({ reverses, state }) => reverses?.bookingId === bookingId && state === "planned")
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  }

  get #all(): Transfer[] {
    return [...this.#transfers.values()];
  }

  get #now(): Temporal.Instant {
    return Temporal.Instant.fromEpochMilliseconds(this.#nowMs);
  }

  get #surroundings() {
    return { nowMs: this.#nowMs, random: () => 0, patience: defaultPatience };
  }

  #new(terms: Pick<TransferTerms, "payableMinor" | "taxMinor" | "reverses">): Transfer {
    const about = {
      vendorId: this.#vendorId,
      accountId: "acct_1",
      currency,
      createdAt: this.#now.toString(),
    };
    const transfer = newTransfer({ ...about, ...terms, id: newId("trf") }, this.#surroundings);
    this.#transfers.set(transfer.id, transfer);
    return transfer;
  }

  #call(transfer: Transfer, fate: Fate): void {
    this.#transfers.set(transfer.id, transfer);
    const key = transfer.call?.key ?? "";
    if (transfer.call?.purpose === "find") {
      const found = [...this.#done.values()].find((one) => one.transfer.id === transfer.id);
      return this.#record(transfer, key, { outcome: "done", providerId: found?.providerId ?? null });
    }
    if (fate === "lost-before") return this.#record(transfer, key, lost);
    const known = this.#done.get(key);
    if (fate === "refused" && known === undefined)
      return this.#record(transfer, key, { outcome: "refused", reason: "balance_insufficient" });
    const done = known ?? { transfer, providerId: `tr_${this.#done.size}` };
    this.#done.set(key, done);
    if (fate === "lost-after") return this.#record(transfer, key, lost);
    this.#record(transfer, key, { outcome: "done", providerId: done.providerId });
  }

  #record(before: Transfer, key: string, answer: Parameters<typeof applyTransferAnswer>[1]["answer"]): void {
    const after = applyTransferAnswer(before, { key, answer, at: this.#now.toString() }, this.#surroundings);
    this.#transfers.set(after.id, after);
    if (after.state === before.state) return;
    const { reverses, amountMinor, payableMinor, taxMinor, state } = after;
    if (state === "sent") this.books.push(transferPosting(after));
    if (reverses !== null) {
      const of = this.#transfers.get(reverses.transferId)!;
      const reversedMinor = of.reversedMinor + (state === "sent" ? amountMinor : 0);
      this.#transfers.set(of.id, { ...of, reversedMinor, reversingMinor: of.reversingMinor - amountMinor });
      if (state === "sent") this.settle(reverses.bookingId, payableMinor, taxMinor);
    } else if (state === "refused") {
      for (const item of this.items) if (item.transferId === after.id) item.transferId = null;
    }
  }
}

const lost = { outcome: "failed", reason: "timeout", kept: false } as const;
