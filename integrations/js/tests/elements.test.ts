import { afterEach, describe, expect, it } from "vitest";
import { allAre, loaded, platform, settled, textOf, verdict } from "./platform";

const SPLIT = { currency: "USD", amount_total_cents: 4200, amount_eligible_cents: 3000, amount_with_letter_cents: 500, amount_other_cents: 1200, line_items: [] };
const LINES = [{ product: "A-1", quantity: 2 }];

afterEach(() => document.body.replaceChildren());

function put(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body.firstElementChild as HTMLElement;
}

describe("<fsa-badge>", () => {
  it.each([
    ["eligible", "en", "✓FSA/HSA eligible"],
    ["letter", "en", "✎FSA/HSA eligible with a letter"],
    ["rx", "en-US", "✎FSA/HSA eligible with a prescription"],
    ["eligible", "es-MX", "✓Elegible para FSA/HSA"],
    ["letter", "es", "✎Elegible para FSA/HSA con una carta médica"],
    ["eligible", "fr", "✓FSA/HSA eligible"],
  ] as const)("says %s in %s", async (status, lang, words) => {
    platform(allAre(status));
    const place = put(`<div lang="${lang}"></div>`);
    const badge = loaded().badge(place, "A-1");
    await settled();
    expect(textOf(badge)).toBe(words);
    expect(badge.hasAttribute("shown")).toBe(true);
  });

  it.each([0.5, null])("does not call eligible outright what a card pays a share of: %s", async (share) => {
    platform((url) => ({ body: { data: url.searchParams.getAll("ref").map((ref) => verdict(ref, "eligible", "", share)) } }));
    loaded();
    document.body.innerHTML = '<fsa-badge ref="A"></fsa-badge><fsa-badge ref="A" lang="es"></fsa-badge>';
    await settled();
    expect([...document.querySelectorAll("fsa-badge")].map(textOf)).toEqual(["✓FSA/HSA eligible in part", "✓Elegible para FSA/HSA en parte"]);
  });

  it.each(["not_eligible", "unknown"] as const)("shows nothing for %s", async (status) => {
    platform(allAre(status));
    const badge = loaded().badge(put("<p></p>"), "A-1");
    await settled();
    expect(badge.shadowRoot?.childElementCount).toBe(0);
    expect(badge.hasAttribute("shown")).toBe(false);
  });

  it("shows nothing on an outage, and takes away what it showed of another product", async () => {
    platform(allAre("eligible"));
    const badge = loaded().badge(put("<p></p>"), "A-1");
    await settled();
    platform(() => new Error("away"));
    badge.setAttribute("ref", "B-2");
    await settled();
    expect(textOf(badge)).toBe("");
    expect(badge.hasAttribute("shown")).toBe(false);
  });

  it("shows a reason as text alone, and only where it is wanted", async () => {
    platform((url) => ({ body: { data: url.searchParams.getAll("ref").map((ref) => verdict(ref, "eligible", "<img src=x onerror=alert(1)>")) } }));
    loaded();
    const badge = put('<fsa-badge product="A-1" show-reason></fsa-badge>');
    await settled();
    expect(badge.shadowRoot?.querySelector("img")).toBeNull();
    expect(textOf(badge)).toContain("<img src=x");
    badge.removeAttribute("show-reason");
    await settled();
    expect(textOf(badge)).toBe("✓FSA/HSA eligible");
  });

  it("asks once for all badges of a page", async () => {
    const { asked } = platform(allAre("eligible"));
    loaded();
    put('<p><fsa-badge ref="A"></fsa-badge><fsa-badge ref="B"></fsa-badge><fsa-badge ref="A"></fsa-badge><fsa-badge></fsa-badge></p>');
    await settled();
    expect(asked).toHaveLength(1);
    expect(asked[0].searchParams.getAll("ref")).toEqual(["A", "B"]);
  });

  it("tells the page what it found", async () => {
    platform(allAre("letter"));
    const place = put("<p></p>");
    const heard: unknown[] = [];
    place.addEventListener("fsa-verdict", () => heard.push("bubbled"));
    const badge = loaded().badge(place, "A-1");
    badge.addEventListener("fsa-verdict", (event) => heard.push((event as CustomEvent).detail.status));
    await settled();
    expect(heard).toEqual(["letter"]);
  });
});

describe("<fsa-cart-split>", () => {
  const rows = (element: Element) => [...element.shadowRoot!.querySelectorAll("[part=row]")].map((row) => [...row.children].map((c) => c.textContent));

  it("shows who pays what of a cart given as JSON", async () => {
    const { inits } = platform(() => ({ body: SPLIT }));
    loaded();
    const split = put(`<fsa-cart-split lines='${JSON.stringify(LINES)}' shipping-cents="500"></fsa-cart-split>`);
    await settled();
    expect(JSON.parse(String(inits[0].body))).toEqual({ line_items: LINES, shipping_cents: 500 });
    expect(rows(split)).toEqual([["On your FSA/HSA card", "$30.00"], ["On another card", "$12.00"], ["Also on your card, with a letter", "$5.00"]]);
    expect(split.shadowRoot?.querySelector("[role=group]")?.getAttribute("aria-label")).toBe("How this cart can be paid");
  });

  it("takes lines as a property, also before the SDK was loaded, and follows them", async () => {
    const { asked } = platform(() => ({ body: SPLIT }));
    loaded();
    const split = document.createElement("fsa-cart-split");
    (split as any).lines = LINES;
    document.body.append(split);
    await settled();
    (split as any).lines = [];
    await settled();
    expect(asked).toHaveLength(1);
    expect(split.hasAttribute("shown")).toBe(false);
  });

  it("speaks Spanish", async () => {
    platform(() => ({ body: SPLIT }));
    loaded();
    const split = put(`<fsa-cart-split lang="es" lines='${JSON.stringify(LINES)}'></fsa-cart-split>`);
    await settled();
    expect(rows(split)[0]).toEqual(["Con su tarjeta FSA/HSA", "$30.00"]);
  });

  it.each([
    ["nothing is eligible", { ...SPLIT, amount_eligible_cents: 0, amount_with_letter_cents: 0, amount_other_cents: 4200 }],
    ["the sums do not add up", { ...SPLIT, amount_other_cents: 1199 }],
    ["amounts are no numbers", { ...SPLIT, amount_eligible_cents: "3000" }],
  ])("shows nothing where %s", async (_, body) => {
    platform(() => ({ body }));
    loaded();
    const split = put(`<fsa-cart-split lines='${JSON.stringify(LINES)}'></fsa-cart-split>`);
    await settled();
    expect(textOf(split)).toBe("");
  });

  it("shows nothing for lines that are no JSON", async () => {
    const { asked } = platform(() => ({ body: SPLIT }));
    loaded();
    const split = put('<fsa-cart-split lines="{oops"></fsa-cart-split>');
    await settled();
    expect(asked).toHaveLength(0);
    expect(textOf(split)).toBe("");
  });

  it("asks once when several attributes change in one moment", async () => {
    const { asked } = platform(() => ({ body: SPLIT }));
    loaded();
    const split = put(`<fsa-cart-split lines='${JSON.stringify(LINES)}'></fsa-cart-split>`);
    split.setAttribute("shipping-cents", "100");
    split.setAttribute("discount-cents", "100");
    await settled();
    expect(asked).toHaveLength(1);
  });
});

describe("split", () => {
  it("is null on an outage and for an empty cart, and says what the platform refuses", async () => {
    platform(() => ({ status: 503 }));
    expect(await loaded().split(LINES)).toBeNull();
    const { asked } = platform(() => ({ status: 400, body: { error: { code: "invalid_request", message: "quantity must be at least 1" } } }));
    expect(await loaded().split([])).toBeNull();
    expect(asked).toHaveLength(0);
    await expect(loaded().split({ line_items: LINES })).rejects.toMatchObject({ code: "invalid_request", message: "quantity must be at least 1" });
  });
});
