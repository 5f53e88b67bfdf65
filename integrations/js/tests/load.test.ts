import { describe, expect, it } from "vitest";
import { FsaError, loadFsa } from "../src/index";
import { platformOf } from "../src/load";
import { KEY, PLATFORM } from "./platform";

describe("loadFsa", () => {
  it.each(["sk_test_abc", "sk_live_abc", "rk_live_abc"])("refuses %s, and says that it must be rolled", (publishableKey) => {
    expect(() => loadFsa({ publishableKey, platform: PLATFORM })).toThrow(/secret key.*roll it now/i);
  });

  it.each(["", "pk_test_", "pk_prod_abc", "abc", undefined as unknown as string])("refuses %j", (publishableKey) => {
    expect(() => loadFsa({ publishableKey, platform: PLATFORM })).toThrow(FsaError);
  });

  it("never repeats a secret key in its error", () => {
    try {
      loadFsa({ publishableKey: "sk_live_verysecret", platform: PLATFORM });
    } catch (error) {
      expect(String(error)).not.toContain("verysecret");
      expect((error as FsaError).code).toBe("key_refused");
    }
    expect.assertions(2);
  });

  it.each([undefined, "", "javascript:alert(1)", "pay.example"])("needs to know where the platform is: %j", (platform) => {
    expect(() => loadFsa({ publishableKey: KEY, platform })).toThrow(/Say where the platform is/);
  });

  it("keeps the origin alone of the platform's address", () => {
    expect(loadFsa({ publishableKey: KEY, platform: `${PLATFORM}/somewhere?x=1` })?.platform).toBe(PLATFORM);
  });

  it("knows the platform by the SDK's own address, and by no other", () => {
    expect(platformOf("https://pay.example/sdk/v1.0.0/fsa.js")).toBe("https://pay.example/sdk/v1.0.0/fsa.js");
    expect(platformOf("https://pay.example/sdk/v1/fsa.mjs")).not.toBe("");
    expect(platformOf("https://shop.example/assets/main.js")).toBe("");
    expect(platformOf(undefined)).toBe("");
  });
});
