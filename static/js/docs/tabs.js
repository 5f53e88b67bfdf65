// Samples that say the same in several languages become tabs. A reader's language is remembered, and every box follows it.
const KEY = "docs-language";

export function languageTabs() {
  const boxes = [...document.querySelectorAll("[data-tabs]")].map(makeTabs);
  const choose = (language) => boxes.forEach((box) => box.choose(language));
  for (const box of boxes) box.onChoice = (language) => { remember(language); choose(language); };
  choose(remembered());
}

function makeTabs(box, number) {
  const samples = [...box.querySelectorAll(".sample")];
  const list = document.createElement("div");
  list.className = "tabs__list";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Language");
  const made = { onChoice: () => {}, choose };
  const tabs = samples.map((sample, at) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tabs__tab";
    tab.id = `tab-${number}-${at}`;
    tab.textContent = sample.querySelector("figcaption").textContent;
    tab.setAttribute("role", "tab");
    sample.id = `sample-${number}-${at}`;
    sample.setAttribute("role", "tabpanel");
    sample.setAttribute("aria-labelledby", tab.id);
    tab.setAttribute("aria-controls", sample.id);
    tab.addEventListener("click", () => made.onChoice(sample.dataset.language));
    tab.addEventListener("keydown", (event) => walk(event, at));
    list.append(tab);
    return tab;
  });
  box.prepend(list);

  function walk(event, at) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step ? (at + step + tabs.length) % tabs.length : { Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    made.onChoice(samples[next].dataset.language);
  }

  function choose(language) {
    const found = samples.findIndex((sample) => sample.dataset.language === language);
    const chosen = found < 0 ? Math.max(0, samples.findIndex((sample) => !sample.hidden)) : found;
    samples.forEach((sample, at) => {
      sample.hidden = at !== chosen;
      tabs[at].setAttribute("aria-selected", String(at === chosen));
      tabs[at].tabIndex = at === chosen ? 0 : -1;
    });
  }
  return made;
}

function remembered() {
  try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; }
}

function remember(language) {
  try { localStorage.setItem(KEY, language); } catch { /* a browser that keeps nothing still changes this page */ }
}
