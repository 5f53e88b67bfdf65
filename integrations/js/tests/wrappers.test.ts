import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp, h, nextTick } from "vue";
import { FsaBadge, FsaCartSplit, FsaCheckout } from "../src/react";
import * as vue from "../src/vue";
import { allAre, loaded, platform, settled, textOf } from "./platform";

(globalThis as any).IS_REACT_ACT_ENVIRONMENT = true;
afterEach(() => document.body.replaceChildren());

function place(): HTMLElement {
  const made = document.createElement("div");
  document.body.append(made);
  return made;
}

describe("React", () => {
  it("shows a badge, tells of its verdict, and follows its props", async () => {
    platform(allAre("eligible"));
    loaded();
    const root = createRoot(place());
    const heard = vi.fn();
    await act(() => root.render(createElement(FsaBadge, { product: "A-1", onVerdict: heard })));
    await settled();
    expect(textOf(document.querySelector("fsa-badge")!)).toBe("✓FSA/HSA eligible");
    expect(heard.mock.lastCall?.[0]).toMatchObject({ ref: "A-1", status: "eligible" });
    await act(() => root.render(createElement(FsaBadge, { product: "B-2", onVerdict: heard })));
    await settled();
    expect(heard.mock.lastCall?.[0]).toMatchObject({ ref: "B-2" });
    await act(() => root.unmount());
  });

  it("asks for the split of its lines", async () => {
    const { inits } = platform(() => ({ status: 500 }));
    loaded();
    const root = createRoot(place());
    await act(() => root.render(createElement(FsaCartSplit, { lines: [{ product: "A-1", quantity: 2 }], shippingCents: 300 })));
    await settled();
    expect(JSON.parse(String(inits[0].body))).toEqual({ line_items: [{ product: "A-1", quantity: 2 }], shipping_cents: 300 });
    await act(() => root.unmount());
  });

  it("frames a session once, and takes the frame out with itself", async () => {
    const fsa = loaded();
    const root = createRoot(place());
    const checkout = () => createElement(FsaCheckout, { fsa, session: { url: `${fsa.platform}/pay/cs_abc/` }, onEvent: () => {} });
    await act(() => root.render(checkout()));
    const frame = document.querySelector("iframe");
    await act(() => root.render(checkout()));
    expect(document.querySelector("iframe")).toBe(frame);
    await act(() => root.unmount());
    expect(document.querySelector("iframe")).toBeNull();
  });
});

describe("Vue", () => {
  it("shows a badge and tells of its verdict", async () => {
    platform(allAre("letter"));
    loaded();
    const heard = vi.fn();
    const app = createApp({ render: () => h(vue.FsaBadge, { product: "A-1", onVerdict: heard }) });
    app.mount(place());
    await settled();
    expect(textOf(document.querySelector("fsa-badge")!)).toBe("✎FSA/HSA eligible with a letter");
    expect(heard.mock.lastCall?.[0]).toMatchObject({ status: "letter" });
    app.unmount();
  });

  it("frames a session, and takes the frame out with itself", async () => {
    const fsa = loaded();
    const app = createApp({ render: () => h(vue.FsaCheckout, { fsa, session: `${fsa.platform}/pay/cs_abc/` }) });
    app.mount(place());
    await nextTick();
    expect(document.querySelector("iframe")?.src).toBe(`${fsa.platform}/pay/cs_abc/`);
    app.unmount();
    expect(document.querySelector("iframe")).toBeNull();
  });
});
