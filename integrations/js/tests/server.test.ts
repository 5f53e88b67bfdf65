// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";

describe("on a server", () => {
  it("importing is safe and loadFsa answers null", async () => {
    expect(typeof document).toBe("undefined");
    const { loadFsa } = await import("../src/index");
    expect(loadFsa({ publishableKey: "pk_test_abc", platform: "https://pay.example" })).toBeNull();
  });

  it("the released files can be imported too", async () => {
    const { loadFsa, version } = await import("../releases/1.0.0/fsa.mjs" as string);
    expect(loadFsa({ publishableKey: "pk_test_abc" })).toBeNull();
    expect(version).toBe("1.0.0");
    await import("../releases/1.0.0/fsa-react.mjs" as string);
    await import("../releases/1.0.0/fsa-vue.mjs" as string);
  });

  it("components of React and Vue render to elements that the browser fills", async () => {
    const react = await import("../src/react");
    expect(renderToString(createElement(react.FsaBadge, { product: "A-1", lang: "es" }))).toBe('<fsa-badge product="A-1" lang="es"></fsa-badge>');
    const vue = await import("../src/vue");
    expect(await renderVue(createSSRApp({ render: () => h(vue.FsaBadge, { product: "A-1" }) }))).toContain("<fsa-badge");
  });
});
