// Small behaviours that any page may use, wired by data attributes. Pages work without them.

/** Copy buttons: <button data-copy="value">. */
function copyFrom(button) {
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.dataset.copied = "";
    button.querySelector("use")?.setAttribute("href", "#i-check");
    announce("Copied");
    setTimeout(() => {
      delete button.dataset.copied;
      button.querySelector("use")?.setAttribute("href", "#i-copy");
    }, 2000);
  }, () => announce("The browser refused to copy. Select the text instead."));
}

let liveRegion = null;

/** Say something to screen readers without moving focus. */
export function announce(words) {
  if (!liveRegion) {
    liveRegion = document.createElement("div");
    liveRegion.className = "vh";
    liveRegion.setAttribute("role", "status");
    document.body.append(liveRegion);
  }
  liveRegion.textContent = words;
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("[data-copy], [data-opens], [data-closes], [data-dismiss], [data-print]");
  if (!button) return;
  if ("copy" in button.dataset) copyFrom(button);
  else if ("opens" in button.dataset) document.getElementById(button.dataset.opens)?.showModal();
  else if ("closes" in button.dataset) button.closest("dialog")?.close();
  else if ("dismiss" in button.dataset) button.closest("[data-toast]")?.remove();
  else window.print();
});

// On phones the navigation is a strip: bring the page we are on into it.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A form that is on its way is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if ("sent" in form.dataset) event.preventDefault();
  else form.dataset.sent = "";
});

// Coming back by the browser's Back button shows the page as it was: let its forms work again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
