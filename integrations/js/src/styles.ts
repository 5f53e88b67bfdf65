// One sheet for each element, given to its shadow root: no style element, no style attribute, nothing for a strict CSP to refuse.
// light-dark() follows the page's own color-scheme; every colour is a custom property, every piece a part.

const HOST = `
:host{display:inline-block;font:var(--fsa-font,inherit);color:var(--fsa-text,inherit)}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([hidden]),:host(:not([shown])){display:none}
`;

export const BADGE = HOST + `
[part=badge]{display:inline-flex;gap:.4em;align-items:center;padding:.2em .6em;border-radius:var(--fsa-radius,8px);font-size:.875em;line-height:1.4;font-weight:600;border:1px solid currentColor;color:var(--fsa-eligible,light-dark(#0b6b3a,#7be0a8));background:var(--fsa-eligible-bg,light-dark(#e9f7ef,#0e2a1c))}
[part=badge][data-status=letter],[part=badge][data-status=rx]{color:var(--fsa-letter,light-dark(#7a4b00,#f5c76b));background:var(--fsa-letter-bg,light-dark(#fff6e5,#2e2207))}
[part=sign]{font-weight:700}
[part=reason]{display:block;margin:.25em 0 0;font-size:.8125em;opacity:.85}
`;

export const SPLIT = HOST + `
:host([shown]){display:block}
[part=bar]{display:flex;height:8px;margin:0 0 .6em;border-radius:4px;overflow:hidden;background:var(--fsa-other,light-dark(#c9d3da,#4a5862))}
[part=fill]{background:var(--fsa-eligible,light-dark(#0b6b3a,#7be0a8))}
[part=letter-fill]{background:var(--fsa-letter,light-dark(#c98a1b,#f5c76b))}
dl{margin:0}
[part=row]{display:flex;justify-content:space-between;gap:1em;padding:.15em 0}
dt,dd{margin:0}
dd{font-variant-numeric:tabular-nums;white-space:nowrap}
[part=row]:first-child{font-weight:600}
`;

const sheets = new Map<string, CSSStyleSheet>();

export function dress(root: ShadowRoot, css: string): void {
  if (!sheets.has(css)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(css, sheet);
  }
  root.adoptedStyleSheets = [sheets.get(css)!];
}
