// What the rule says and does, asked of the server a moment after each change: sentence, findings, count, examples, CEL.
import { announce, el } from "./dom.js";

const REST_MS = 350; // of typing, before the server is asked

export function livePreview({ url, csrf, body }) {
  const at = (name) => document.getElementById(`rb-${name}`);
  const panel = at("live");
  let timer = 0;
  let asked = 0;
  let shown = 0;
  let examples = [];
  let last = "";

  function soon() {
    clearTimeout(timer);
    panel.setAttribute("aria-busy", "true");
    timer = setTimeout(now, REST_MS);
  }

  async function now() {
    const mine = (asked += 1);
    try {
      const response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf, "Content-Type": "application/json", Accept: "application/json" }, body: body() });
      if (mine !== asked) return;
      if (!response.ok || !response.headers.get("Content-Type")?.includes("json")) throw new Error(String(response.status));
      draw(await response.json());
      at("preview-fault").hidden = true;
    } catch {
      if (mine !== asked) return;
      at("preview-fault").hidden = false;
      at("preview-fault").textContent = navigator.onLine ? "The preview could not be made just now. What you typed is safe; it is tried again with your next change." : "There is no connection. What you typed is safe; the preview comes back with it.";
    }
    panel.removeAttribute("aria-busy");
  }

  function draw(answer) {
    at("sentence").textContent = answer.sentence;
    at("unfinished").hidden = !answer.unfinished;
    at("unfinished").textContent = answer.unfinished === 1 ? "One unfinished part is left out." : `${answer.unfinished} unfinished parts are left out.`;
    drawFindings(answer.findings);
    at("count").textContent = answer.count.words;
    at("bar-count").textContent = answer.count.words;
    at("count-note").textContent = answer.count.note;
    at("count-bar").value = answer.count.share;
    at("scores").textContent = answer.scores;
    at("cel").textContent = answer.cel;
    examples = answer.examples;
    shown = Math.min(shown, Math.max(0, examples.length - 1));
    drawExamples();
    const words = `${answer.count.words}. ${problems(answer.findings)}`;
    if (words !== last) announce(words);
    last = words;
  }

  const problems = (findings) => (findings.length === 1 ? "1 finding." : findings.length ? `${findings.length} findings.` : "No findings.");

  // --- Findings: each beside the field that caused it, and all of them as links in the panel ---

  function drawFindings(findings) {
    for (const old of document.querySelectorAll("[data-findings]")) old.replaceChildren();
    for (const old of document.querySelectorAll("[data-path][aria-invalid='true']:not(.rb-input--number)")) old.removeAttribute("aria-invalid");
    for (const one of findings) {
      slotOf(one.path)?.append(finding(one));
      if (one.level === "error") document.querySelector(`[data-path="${CSS.escape(one.path)}"]`)?.setAttribute("aria-invalid", "true");
    }
    at("findings").replaceChildren(...findings.map((one) => el("li", {}, el("button", { type: "button", class: `rb-jump rb-jump--${one.level}`, onclick: () => jump(one.path) }, el("strong", {}, `${WORDS[one.level] ?? one.level}: `), one.message))));
    at("no-findings").hidden = findings.length > 0;
  }

  function finding(one) {
    return el("p", { class: `rb-finding rb-finding--${one.level}` }, el("strong", {}, `${WORDS[one.level] ?? one.level}: `), one.message, one.fix ? el("span", { class: "rb-finding__fix" }, ` ${one.fix}`) : null);
  }

  /** The nearest place that speaks of the path: its own, or that of what it is part of. */
  function slotOf(path) {
    for (let part = path; part; part = partOf(part)) {
      const found = document.querySelector(`[data-findings="${CSS.escape(part)}"]`);
      if (found) return found;
    }
    return document.querySelector('[data-findings=""]');
  }

  function jump(path) {
    for (let part = path; part; part = partOf(part)) {
      const input = document.querySelector(`[data-path="${CSS.escape(part)}"]`);
      const place = input ?? document.querySelector(`[data-findings="${CSS.escape(part)}"]`)?.closest("[data-key], .rb-term, .rb-field, .rb-card");
      const target = place?.matches("input, select, textarea, button, [tabindex]") ? place : place?.querySelector("input, select, textarea, button");
      if (target) {
        target.focus();
        target.scrollIntoView({ block: "center" });
        return;
      }
    }
  }

  // --- Examples ---

  function drawExamples() {
    at("examples").replaceChildren(...examples.map(drawExample));
    at("no-examples").hidden = examples.length > 0;
    const one = examples[shown];
    at("card-title").textContent = one?.title || "(no title yet)";
    at("card-body").textContent = one?.body || "(no text yet)";
    at("card-action").textContent = one?.action ?? "";
    at("card-action").hidden = !one?.action;
    at("card-who").textContent = one ? `As ${one.customer} would read it${one.qualifies ? "" : ", who would not get it"}.` : "With a customer who fits, their own values stand here.";
  }

  function drawExample(one, place) {
    return el("li", { class: "rb-example" },
      el("details", {},
        el("summary", {}, el("span", { class: `rb-verdict rb-verdict--${one.qualifies ? "yes" : "no"}` }, one.qualifies ? "Gets it" : "Does not"), el("code", {}, one.customer), el("span", { class: "rb-example__score" }, `score ${one.score}`)),
        el("ul", { class: "rb-reasons", role: "list" }, one.reasons.map((reason) => el("li", { class: `rb-reason rb-reason--${reason.held ? "yes" : "no"} rb-depth-${reason.depth}` }, el("span", { class: "rb-reason__mark" }, reason.held ? "holds" : "does not hold"), ` ${reason.words}`))),
        one.facts.length ? el("dl", { class: "rb-facts" }, one.facts.map((fact) => el("div", {}, el("dt", {}, fact.label), el("dd", {}, fact.value)))) : null,
        el("button", { type: "button", class: "rb-button rb-button--quiet", onclick: () => { shown = place; drawExamples(); announce(`The text is shown as ${one.customer} would read it.`); } }, "Read it as this customer")));
  }

  return { soon, now };
}

/** What a path is part of: conditions.all[2].value -> conditions.all[2] -> conditions.all -> conditions. */
export const partOf = (path) => path.replace(/(\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "");

const WORDS = { open: "Still open", error: "Must be mended", warning: "Look again", hint: "Good to know" };
