// The page of a payment that is still under way: ask until it has ended, then go on.
import { t } from "./words.js";
import { follow, pollStatus } from "./confirm.js";

const page = document.getElementById("processing");
const words = document.getElementById("processing-words");
const LONG_WAIT_SECONDS = 20;

const ended = await pollStatus({
  url: page.dataset.statusUrl,
  onWait: (seconds) => {
    if (seconds > LONG_WAIT_SECONDS) words.textContent = t("This takes longer than usual. You may close the page: you cannot be charged twice, and the store knows the order.");
  },
});
follow(ended.redirect_url);
