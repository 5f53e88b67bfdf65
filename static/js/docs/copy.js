// Each sample gets a button that copies it.
import { announce } from "../ui.js";

const REST_MS = 2000;

export function copyButtons() {
  for (const sample of document.querySelectorAll(".sample")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sample__copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy this sample");
    button.addEventListener("click", () => copy(sample.querySelector("code").textContent, button));
    sample.append(button);
  }
}

function copy(text, button) {
  navigator.clipboard.writeText(text).then(() => {
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => { button.textContent = "Copy"; }, REST_MS);
  }, () => announce("The browser refused to copy. Select the text instead."));
}
