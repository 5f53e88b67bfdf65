// The page of an alert rule: its sentence while somebody types, and its trial on history. Without it the form still saves.

const REST_MS = 300; // of typing, before the server is asked
const LOOK_MS = 1000;
const place = document.querySelector("[data-rule-editor]");
const form = document.getElementById("rule-form");
const at = (id) => document.getElementById(id);
const csrf = () => form.querySelector("[name=csrfmiddlewaretoken]").value;

// Nobody is told of a fault in a field that he has not come to yet.
const touched = new Set([...form.querySelectorAll("[data-complaint]:not([hidden])")].map((one) => one.dataset.complaint));
let timer = 0;
let asked = 0;
let looking = 0;

async function send(url, body) {
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, credentials: "same-origin" });
}

function fields() {
  // What is disabled is sent too, so that whoever may only look can try a rule as well.
  const body = new FormData(form);
  form.querySelectorAll(":disabled[name]").forEach((one) => {
    if (one.type !== "checkbox" || one.checked) body.set(one.name, one.value);
  });
  body.set("while", at("while").value);
  return body;
}

function complain(complaints) {
  form.querySelectorAll("[data-complaint]").forEach((one) => {
    const words = (touched.has(one.dataset.complaint) && complaints[one.dataset.complaint]) || "";
    one.textContent = words;
    one.hidden = !words;
    one.closest(".ar-field").querySelector(".ar-input")?.setAttribute("aria-invalid", String(Boolean(words)));
  });
}

async function say() {
  const mine = (asked += 1);
  try {
    const response = await send(place.dataset.words, fields());
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    if (mine !== asked) return;
    if (answer.sentence && at("rule-sentence").textContent !== answer.sentence) at("rule-sentence").textContent = answer.sentence;
    complain(answer.complaints);
    at("words-fault").hidden = true;
  } catch {
    if (mine !== asked) return;
    at("words-fault").textContent = "No answer from the platform just now. What you typed is safe.";
    at("words-fault").hidden = false;
  }
}

function soon(event) {
  touched.add(event.target.name.replace(/^p_/, ""));
  clearTimeout(timer);
  timer = setTimeout(say, REST_MS);
}

async function look(url) {
  const mine = (looking += 1);
  let pause = LOOK_MS;
  for (;;) {
    try {
      const response = await fetch(url, { headers: { Accept: "text/html", "Fsa-Background": "1" }, credentials: "same-origin" });
      if (mine !== looking) return;
      if (!response.ok) throw new Error(String(response.status));
      at("trial").innerHTML = await response.text();
      at("trial").querySelector("[data-stop]")?.addEventListener("click", () => stop(url));
      if (response.headers.get("X-Trial-State") !== "open") return;
      pause = LOOK_MS;
    } catch {
      pause = Math.min(2 * pause, 15000);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (mine !== looking) return;
  }
}

async function stop(url) {
  looking += 1;
  const response = await send(url, new FormData());
  at("trial").innerHTML = await response.text();
}

async function tryIt() {
  at("try").disabled = true;
  at("trial-fault").hidden = true;
  try {
    const response = await send(place.dataset.trial, fields());
    const answer = await response.json();
    if (answer.complaints) {
      Object.keys(answer.complaints).forEach((name) => touched.add(name));
      complain(answer.complaints);
      throw new Error("Mend what is marked first: it cannot be tried as it stands.");
    }
    look(answer.url);
  } catch (error) {
    at("trial-fault").textContent = error instanceof TypeError || error instanceof SyntaxError ? "No answer from the platform. Try again." : error.message;
    at("trial-fault").hidden = false;
  } finally {
    at("try").disabled = false;
  }
}

if (place) {
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  at("try").addEventListener("click", tryIt);
  if (at("trial").dataset.url) look(at("trial").dataset.url);
  say();
}
