/** What every provider must do, whoever stands behind it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Provider } from "./provider.ts";
import { ChargeAtProvider, chargeMinor, factsIn } from "./provider-charge.fixture.ts";

export interface ProviderAt extends AsyncDisposable {
  readonly provider: Provider;
}

type Begin = (of?: ConstructorParameters<typeof ChargeAtProvider>[1]) => ChargeAtProvider;

async function captured(begin: Begin, amountMinor = chargeMinor): Promise<ChargeAtProvider> {
  const charge = begin();
  await charge.make("create");
  await charge.make("capture", amountMinor);
  return charge;
}

function oneCall(begin: Begin): void {
  test("sets exactly the charge's amount aside, takes nothing yet, and says whose charge it is", async () => {
    const at = begin();
    const { id: paymentId, bookingId } = at.charge;
    expect(factsIn(await at.make("create"))).toMatchObject({
      state: "authorised",
      amountMinor: chargeMinor,
      capturableMinor: chargeMinor,
      receivedMinor: 0,
      currency: "EUR",
      paymentId,
      bookingId,
    });
  });

  test.each([
    ["create", null, { state: "authorised", capturableMinor: chargeMinor }],
    ["capture", 6_000, { state: "captured", receivedMinor: 6_000 }],
    ["refund", 2_500, { state: "captured", receivedMinor: chargeMinor, refundedMinor: 2_500 }],
    ["cancel", null, { state: "cancelled", receivedMinor: 0 }],
  ] as const)("does a %s once, however often it is asked under its key", async (purpose, amount, facts) => {
    const at = purpose === "refund" ? await captured(begin) : begin();
    if (purpose === "capture" || purpose === "cancel") await at.make("create");
    const call = at.plan(purpose, amount);
    await at.lose(call);
    const again = await at.lose(call);
    expect(again).toMatchObject({ outcome: "done", intent: facts });
    at.record(again);
    const { capturableMinor, receivedMinor, refundedMinor } = factsIn(again);
    expect(factsIn(await at.make("look"))).toMatchObject({
      capturableMinor,
      receivedMinor,
      refundedMinor: refundedMinor ?? 0,
    });
  });
}

function amounts(begin: Begin): void {
  test("takes at once what is to be taken at once, and gives it back as a refund", async () => {
    const at = begin({ captureAtOnce: true });
    expect(factsIn(await at.make("create"))).toMatchObject({
      state: "captured",
      capturableMinor: 0,
      receivedMinor: chargeMinor,
    });
    expect(await at.make("cancel")).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("refund", chargeMinor)).refundedMinor).toBe(chargeMinor);
  });

  test("gives back in parts, up to what it took and not a cent more", async () => {
    const at = await captured(begin, 9_000);
    expect(factsIn(await at.make("refund", 4_000)).refundedMinor).toBe(4_000);
    expect(factsIn(await at.make("refund", 5_000)).refundedMinor).toBe(9_000);
    expect(await at.make("refund", 1)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("look"))).toMatchObject({ receivedMinor: 9_000, refundedMinor: 9_000 });
  });

  test("takes nothing more than it set aside, nor anything of what it released", async () => {
    const at = begin();
    await at.make("create");
    expect(await at.make("capture", chargeMinor + 1)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("cancel")).state).toBe("cancelled");
    expect(await at.make("capture", chargeMinor)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("look"))).toMatchObject({ state: "cancelled", receivedMinor: 0 });
  });

  test("finds nothing where no charge was ever made", async () => {
    expect(await begin().make("find")).toEqual({ outcome: "done", intent: null });
  });
}

/** Registers the tests; the provider is opened before the first and left after the last. */
export function providerConformance(open: () => Promise<ProviderAt>): void {
  let at: ProviderAt;
  beforeAll(async () => {
    at = await open();
  });
  afterAll(() => at[Symbol.asyncDispose]());
  const begin: Begin = (of) => new ChargeAtProvider(at.provider, of);
  oneCall(begin);
  amounts(begin);
}
