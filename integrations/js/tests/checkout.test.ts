import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckoutEvent } from "../src/index";
import { loaded, PLATFORM } from "./platform";

const PAGE = `${PLATFORM}/pay/cs_abc/`;
const ELSEWHERE = ["https://evil.example/pay/cs_abc/", "http://pay.example/pay/cs_abc/", "https://pay.example.evil/pay/cs_abc/", "https://pay.example@evil.example/pay/cs_abc/", "javascript:alert(1)", "/pay/cs_abc/", `${PLATFORM}/portal/`, `${PLATFORM}/pay/../portal/`, ""];

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("redirectToCheckout", () => {
  it("goes to a session's page, or to its url", () => {
    const went = vi.spyOn(window.location, "assign").mockImplementation(() => {});
    loaded().redirectToCheckout({ url: PAGE });
    loaded().redirectToCheckout(PAGE);
    expect(went.mock.calls.map(([to]) => String(to))).toEqual([PAGE, PAGE]);
  });

  it.each([...ELSEWHERE, null, undefined, {}])("goes nowhere else: %j", (session) => {
    const went = vi.spyOn(window.location, "assign").mockImplementation(() => {});
    expect(() => loaded().redirectToCheckout(session as string)).toThrow(/Pass a checkout session/);
    expect(went).not.toHaveBeenCalled();
  });
});

describe("embedCheckout", () => {
  function embedded() {
    const heard: CheckoutEvent[] = [];
    const shown = loaded().embedCheckout({ url: PAGE }, document.body, (event) => heard.push(event));
    Object.defineProperty(shown.frame, "contentWindow", { value: {} }); // nothing loads here, so the frame has no window of its own
    const say = (data: unknown, { origin = PLATFORM, source = shown.frame.contentWindow as unknown } = {}) =>
      window.dispatchEvent(Object.assign(new Event("message"), { data, origin, source }));
    return { heard, say, ...shown };
  }

  it("shows the page in a frame that cannot move the shop's page", () => {
    const { frame } = embedded();
    expect(frame.src).toBe(PAGE);
    expect(frame.title).not.toBe("");
    expect(frame.getAttribute("sandbox")).not.toContain("top-navigation");
    expect(frame.getAttribute("referrerpolicy")).toBe("origin");
  });

  it("hears the page, follows its height, and tells nothing but its events", () => {
    const { heard, say, frame } = embedded();
    say({ fsa: 1, type: "ready", session: "cs_abc", height: 812.5 });
    say({ fsa: 1, type: "resize", session: "cs_abc", height: 900 });
    say({ fsa: 1, type: "complete", session: "cs_abc", status: "complete", height: 300 });
    expect(heard).toEqual([{ type: "ready", session: "cs_abc" }, { type: "complete", session: "cs_abc", status: "complete" }]);
    expect(frame.style.height).toBe("300px");
  });

  it("believes nobody else", () => {
    const { heard, say } = embedded();
    const complete = { fsa: 1, type: "complete", session: "cs_abc", status: "complete" };
    say(complete, { origin: "https://evil.example" });
    say(complete, { origin: "null" });
    say(complete, { source: window });
    say(complete, { source: null });
    say({ ...complete, session: "cs_other" });
    say({ ...complete, fsa: 2 });
    say({ ...complete, type: "__proto__" });
    for (const data of [null, "complete", 1, undefined]) say(data);
    expect(heard).toEqual([]);
  });

  it("takes the frame away and says so when no page comes", () => {
    const { heard, frame } = embedded();
    vi.advanceTimersByTime(20_000);
    expect(heard).toEqual([{ type: "error", session: "cs_abc", code: "checkout_unreachable" }]);
    expect(frame.isConnected).toBe(false);
  });

  it("is heard no more once it was taken away", () => {
    const { heard, say, frame, destroy } = embedded();
    const source = frame.contentWindow;
    destroy();
    say({ fsa: 1, type: "ready", session: "cs_abc" }, { source });
    vi.advanceTimersByTime(60_000);
    expect(heard).toEqual([]);
    expect(document.querySelector("iframe")).toBeNull();
  });

  it.each(ELSEWHERE)("frames no other page: %j", (url) => {
    expect(() => loaded().embedCheckout(url, document.body)).toThrow(/Pass a checkout session/);
    expect(document.querySelector("iframe")).toBeNull();
  });
});
