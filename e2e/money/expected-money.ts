/**
 * What a booking's money must come to, reckoned from its terms and from what was done alone, by whoever keeps it on paper:
 * it knows nothing of payments, sagas or ledgers. All amounts are minor units of the terms' currency.
 */
import {
  type Command,
  dueHoursBefore,
  graceHours,
  lastsHours,
  noShowAfterMinutes,
  smallest,
  type Terms,
} from "./life.ts";
import { type Outcome, type Paid, share, shareOut } from "./share-out.ts";

const hourMs = 3_600_000;

/** What a command came to: what it is about in numbers, for those who have to do it. Null where it was not possible. */
export interface Done {
  readonly amountMinor?: number;
  readonly charge?: number;
}

const done: Done = {};

export class ExpectedMoney {
  readonly #terms: Terms;
  status: "held" | "confirmed" | "checked-in" | "over";
  nowMs: number;
  startMs: number;
  priceMinor: number;
  /** What of the price the balance is still to bring. */
  openMinor: number;
  /** What was given back beyond the terms. */
  goodwillMinor = 0;
  readonly paid: Paid[] = [];
  #writtenOffMinor = 0;
  #charges: number;

  constructor(terms: Terms, nowMs: number) {
    this.#terms = terms;
    this.nowMs = nowMs;
    this.startMs = nowMs + terms.startsInHours * hourMs;
    this.priceMinor = terms.totalMinor;
    const depositMinor = share(terms.totalMinor, terms.depositPercent, 100, this.#smallest);
    const isSplit = depositMinor > 0 && terms.startsInHours > dueHoursBefore;
    this.openMinor = isSplit ? terms.totalMinor - depositMinor : 0;
    this.#charges = this.openMinor > 0 ? 2 : 1;
    this.status = terms.card === "works" ? "confirmed" : terms.card === "absent" ? "held" : "over";
    if (terms.card === "works") this.#take(1, this.priceMinor - this.openMinor);
  }

  /** When the balance is due; nothing else happens between that moment and what comes of it. */
  get balanceDueMs(): number | null {
    if (this.openMinor === 0 || this.status !== "confirmed") return null;
    return Math.max(this.nowMs, this.startMs - dueHoursBefore * hourMs);
  }

  get isBalanceDue(): boolean {
    return this.balanceDueMs === this.nowMs;
  }

  get #smallest(): number {
    return smallest[this.#terms.currency];
  }

  get disputed(): Paid | undefined {
    return this.paid.find(({ dispute }) => dispute?.isOpen === true);
  }

  /** What is set aside is taken as far as it is wanted; what is taken at once goes back as far as it is not. */
  #take(charge: number, minor: number, wantedMinor = minor, isBalance = false): void {
    const staysMinor = Math.min(minor, Math.max(0, wantedMinor));
    const takenMinor = this.#terms.captureAtOnce ? minor : staysMinor;
    if (takenMinor === 0) return;
    const backMinor = takenMinor - staysMinor;
    this.paid.push({ charge, isBalance, takenMinor, staysMinor, backMinor, bankMinor: 0, dispute: null });
  }

  get #stayingMinor(): number {
    return this.paid.reduce((sum, one) => sum + one.staysMinor, 0);
  }

  /** No more than so much stays: what is too much goes off the balance first, then off what was paid last. */
  #keep(minor: number): void {
    let off = Math.max(0, this.#stayingMinor - Math.max(0, minor - this.goodwillMinor));
    const order = this.paid.toSorted(
      (a, b) => Number(b.isBalance) - Number(a.isBalance) || b.charge - a.charge,
    );
    for (const one of order) {
      const here = Math.min(off, one.staysMinor);
      one.staysMinor -= here;
      off -= here;
    }
    this.#giveBackWhatIsTooMuch();
  }

  #giveBackWhatIsTooMuch(): void {
    for (const one of this.paid) {
      // The bank has it, and will say.
      if (one.dispute?.isOpen === true) continue;
      one.backMinor += Math.max(0, one.takenMinor - one.backMinor - one.bankMinor - one.staysMinor);
    }
  }

  /** It is over, and of the price that share is given back, as far as it was paid. */
  #end(percent: number): void {
    this.status = "over";
    const paidMinor = this.priceMinor - this.openMinor;
    this.openMinor = 0;
    this.#keep(Math.min(paidMinor, this.priceMinor - share(this.priceMinor, percent, 100, this.#smallest)));
  }

  #percentAt(ms: number): number {
    const { fullUntilHours, tiers, percentAfter } = this.#terms.refund;
    const hoursLeft = (this.startMs - ms) / hourMs;
    if (hoursLeft >= fullUntilHours) return 100;
    const tier = tiers.find(({ untilHours }) => hoursLeft >= untilHours);
    if (tier !== undefined) return tier.percent;
    return hoursLeft > 0 ? percentAfter : 0;
  }

  get #hasBegun(): boolean {
    return this.nowMs >= this.startMs;
  }

  get #hasEnded(): boolean {
    return this.nowMs >= this.startMs + lastsHours * hourMs;
  }

  /** The balance is taken, or given up at the end of the grace, when what is kept of the rest goes by the rule. */
  collectBalance(): void {
    if (this.#terms.balanceCard === "works") {
      this.#take(2, this.openMinor, this.openMinor, true);
      this.openMinor = 0;
      return;
    }
    this.nowMs = Math.min(this.nowMs + graceHours * hourMs, this.startMs);
    this.#end(this.#percentAt(this.nowMs));
  }

  /** Does it, where it can be done. */
  do(command: Command): Done | null {
    const stands = this.status === "confirmed";
    switch (command.do) {
      case "cancel":
        if (this.status === "held") return this.#drop();
        if (!stands || this.#hasBegun) return null;
        this.#end(this.#percentAt(this.nowMs));
        return done;
      case "call-off":
        if (this.status === "held") return this.#drop();
        if (!stands || this.#hasEnded) return null;
        this.#end(100);
        return done;
      case "no-show":
        if (!stands || this.nowMs < this.startMs + noShowAfterMinutes * 60_000) return null;
        this.#end(this.#terms.noShowPercent);
        return done;
      case "check-in":
        if (!stands || this.#hasEnded || this.nowMs < this.startMs - 24 * hourMs) return null;
        this.status = "checked-in";
        return done;
      case "complete":
        if (this.status !== "checked-in") return null;
        this.status = "over";
        return done;
      case "pass":
        return this.#pass(this.nowMs + command.hours * hourMs);
      case "wait-for-start":
        return this.#pass(Math.max(this.nowMs, this.startMs + 2 * noShowAfterMinutes * 60_000));
      case "dearer":
      case "cheaper":
      case "shift":
        return stands && !this.#hasBegun ? this.#move(command) : null;
      case "give-back":
        return this.#giveBack(command.percent);
      case "dispute":
        return this.#dispute(command);
      case "decide":
        return this.#decide(command.outcome);
    }
  }

  #drop(): Done {
    this.status = "over";
    return done;
  }

  #pass(toMs: number): Done {
    this.nowMs = Math.min(toMs, this.balanceDueMs ?? Infinity);
    const dayMs = this.status === "confirmed" ? 24 * hourMs : 0;
    if (this.status === "held") return this.#drop();
    if (this.nowMs >= this.startMs + lastsHours * hourMs + dayMs) this.status = "over";
    return done;
  }

  #move(command: Extract<Command, { do: "dearer" | "cheaper" | "shift" }>): Done | null {
    if (command.do === "dearer") {
      const byMinor = command.bySmallest * this.#smallest;
      this.#charges += 1;
      if (command.card === "works") {
        this.priceMinor += byMinor;
        // Where more was given back than the price was by then, the rest of that comes off what the guest pays now.
        const wanted = Math.max(0, this.priceMinor - this.openMinor - this.goodwillMinor);
        this.#take(this.#charges, byMinor, wanted - this.#stayingMinor);
      }
      return { charge: this.#charges, amountMinor: byMinor };
    }
    if (command.do === "shift") {
      this.startMs = Math.max(this.nowMs + hourMs, this.startMs + command.hours * hourMs);
      return done;
    }
    const lessMinor = share(this.priceMinor, command.percent, 100, this.#smallest);
    if (lessMinor === 0) return null;
    this.priceMinor -= lessMinor;
    this.openMinor = Math.max(0, this.openMinor - lessMinor);
    this.#keep(this.priceMinor - this.openMinor);
    return { amountMinor: lessMinor };
  }

  #giveBack(percent: number): Done | null {
    // Of what the bank has, or had, nothing can be given back.
    const there = (one: Paid) =>
      one.dispute?.isOpen === true || one.bankMinor > 0
        ? 0
        : Math.max(0, Math.min(one.staysMinor, one.takenMinor - one.backMinor));
    const most = this.paid.reduce((sum, one) => sum + there(one), 0);
    const amountMinor = Math.floor((most * percent) / 100 / this.#smallest) * this.#smallest;
    if (amountMinor === 0) return null;
    let left = amountMinor;
    for (const one of this.paid.toSorted((a, b) => b.charge - a.charge)) {
      const here = Math.min(left, there(one));
      if (here === 0) continue;
      one.staysMinor = there(one) - here;
      left -= here;
    }
    this.goodwillMinor += amountMinor;
    this.#giveBackWhatIsTooMuch();
    return { amountMinor };
  }

  /** One dispute at a time, and of each charge one at most. */
  #dispute({ which, percent }: Extract<Command, { do: "dispute" }>): Done | null {
    const one = this.paid[which % Math.max(1, this.paid.length)];
    if (one === undefined || one.dispute !== null || this.disputed !== undefined) return null;
    const minor = Math.ceil((one.takenMinor * percent) / 100 / this.#smallest) * this.#smallest;
    one.dispute = { minor, isOpen: true };
    return { charge: one.charge, amountMinor: minor };
  }

  #decide(outcome: "won" | "lost"): Done | null {
    const one = this.disputed;
    if (one === undefined || one.dispute === null) return null;
    one.dispute.isOpen = false;
    if (outcome === "lost") {
      one.bankMinor = Math.min(one.dispute.minor, one.takenMinor - one.backMinor);
      this.#writtenOffMinor += one.dispute.minor - one.bankMinor;
    }
    this.#giveBackWhatIsTooMuch();
    return { charge: one.charge };
  }

  /** What all of it comes to, with no dispute open. */
  outcome(): Outcome {
    const { priceMinor, paid } = this;
    const isOver = this.status === "over";
    return shareOut(this.#terms, { priceMinor, paid, isOver, writtenOffMinor: this.#writtenOffMinor });
  }
}
