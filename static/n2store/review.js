// Says how much is ticked, ticks all at once, and asks before a switch is turned.

const dong = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en-US" : "vi-VN");
const boxes = [...document.querySelectorAll("[data-amount-vnd]")];
const all = document.querySelector("[data-tick-all]");
const bar = document.querySelector("[data-bulk]");

function say() {
  const ticked = boxes.filter((box) => box.checked);
  const sum = ticked.reduce((total, box) => total + Number(box.dataset.amountVnd), 0);
  const text = bar.dataset.ticked.replace("{count}", ticked.length).replace("{sum}", `${dong.format(sum)} ₫`);
  bar.querySelector("[data-bulk-sum]").textContent = ticked.length ? text : "";
  bar.querySelector("button").disabled = !ticked.length;
  all.checked = ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
}

if (bar) {
  for (const box of boxes) box.addEventListener("change", say);
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    say();
  });
  addEventListener("pageshow", say);
}

document.addEventListener("click", (event) => {
  const question = event.target.closest("[data-ask]")?.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});
