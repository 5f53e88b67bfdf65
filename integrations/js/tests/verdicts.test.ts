import { afterEach, describe, expect, it, vi } from "vitest";
import { allAre, KEY, loaded, platform, PLATFORM, verdict } from "./platform";

afterEach(() => vi.useRealTimers());

describe("verdicts", () => {
  it("asks once for all that a page wants in one moment, in its order and with the publishable key", async () => {
    const { asked, inits } = platform(allAre("eligible"));
    const fsa = loaded();

    const [first, second] = await Promise.all([fsa.verdicts(["A 1", "B&2"]), fsa.verdicts(["C-3", "A 1"])]);

    expect(asked.map(String)).toEqual([`${PLATFORM}/v1/public/verdicts?ref=A%201&ref=B%262&ref=C-3`]);
    expect(first.map((v) => v?.ref)).toEqual(["A 1", "B&2"]);
    expect(second.map((v) => v?.ref)).toEqual(["C-3", "A 1"]);
    expect(inits[0]).toMatchObject({ credentials: "omit", referrerPolicy: "no-referrer", headers: { Authorization: `Bearer ${KEY}` } });
  });

  it("asks for at most a hundred at a time", async () => {
    const { asked } = platform(allAre("eligible"));
    await loaded().verdicts(Array.from({ length: 250 }, (_, i) => `P-${i}`));
    expect(asked.map((url) => url.searchParams.getAll("ref").length)).toEqual([100, 100, 50]);
  });

  it("keeps what it knows for five minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { asked } = platform(allAre("eligible"));
    const fsa = loaded();
    await fsa.verdicts(["A"]);
    await fsa.verdicts(["A"]);
    expect(asked).toHaveLength(1);
    vi.setSystemTime(Date.now() + 300_001);
    await fsa.verdicts(["A"]);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ["is away", new TypeError("Failed to fetch")],
    ["is broken", { status: 500, body: { error: { code: "server_error", message: "" } } }],
    ["is busy", { status: 429, body: { error: { code: "rate_limited", message: "" } } }],
    ["is somebody else", { status: 404, body: { hello: 1 } }],
    ["says nonsense", { body: { data: [{ ref: "A", status: "ELIGIBLE" }, null, { status: "eligible" }] } }],
    ["says nothing", { body: {} }],
  ])("tells nothing when the platform %s, and asks again the next time", async (_, answer) => {
    const { asked } = platform(() => answer);
    const fsa = loaded();
    expect(await fsa.verdicts(["A"])).toEqual([null]);
    expect(await fsa.verdicts(["A"])).toEqual([null]);
    expect(asked).toHaveLength(2);
  });

  it("says once in the console what the platform refuses", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    platform(() => ({ status: 401, body: { error: { code: "key_invalid", message: "This key is not known." } } }));
    const fsa = loaded();
    expect(await fsa.verdicts(["A"])).toEqual([null]);
    expect(await fsa.verdicts(["B"])).toEqual([null]);
    expect(warned.mock.calls).toEqual([["FSA platform: This key is not known. (key_invalid)"]]);
  });

  it("takes no answer for a product that it did not ask about", async () => {
    platform(() => ({ body: { data: [verdict("OTHER")] } }));
    expect(await loaded().verdicts(["A"])).toEqual([null]);
  });
});
