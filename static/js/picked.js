// One box in the head of a table that ticks all boxes of this page; and choosing single rows means “those chosen”.

const all = document.querySelector("[data-picks-all]");
const boxes = [...document.querySelectorAll("input[form=picked][name=product]")];
const which = document.getElementById("all");

if (all && boxes.length && document.getElementById("picked")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    which.value = "";
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      all.checked = boxes.every((one) => one.checked);
      which.value = "";
    });
  }
}
