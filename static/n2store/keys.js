// A page by keyboard. Without this file every key has its button or link.
//
// A key presses what carries it (`data-key`). In the queue of transfers: j and n go on, k goes back, Enter and 1 accept
// the first, u takes back. In a list (`data-walk` names its links): j and k walk the rows, Enter and o open one.
// It is not heard where one types, with Ctrl, Alt or Meta held, while it repeats, or before one can have read the page.

const READ_MS = 500;

const walk = document.querySelector("[data-walk]")?.dataset.walk;
const page = document.documentElement.dataset;

setTimeout(() => { page.keys = "heard"; }, READ_MS);

addEventListener("keydown", (event) => {
  if (event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const dialog = event.target.closest("dialog");
  if (dialog && event.key === dialog.dataset.closedBy) return dialog.close();
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const target = carrier(event.key);
  if (!target || page.keys !== "heard") return;
  event.preventDefault();
  press(target, event.key);
});

function carrier(key) {
  if (key === "Enter") return document.querySelector("[data-accept]"); // Only where the first is ahead of the others.
  if (key.length !== 1) return null;
  return carrying(key) ?? (key === "n" ? carrying("j") : null) ?? row(key);
}

function carrying(key) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => !one.hidden) ?? null;
}

function row(key) {
  const rows = walk ? [...document.querySelectorAll(walk)] : [];
  const here = rows.indexOf(document.activeElement);
  if (key === "j" || key === "n") return rows[here + 1] ?? null;
  if (key === "k") return rows[here < 0 ? 0 : here - 1] ?? null;
  return key === "o" ? rows[Math.max(here, 0)] ?? null : null;
}

function press(target, key) {
  if (target.matches("input, textarea") || (walk && key !== "o" && target.matches(walk))) return target.focus();
  if (target.matches("dialog")) return target.showModal();
  if (target.matches("details")) {
    target.open = !target.open;
    if (target.open) begin(target.querySelector("input:not([type=hidden], [type=radio])"));
    return;
  }
  target.click();
}

function begin(field) {
  field?.focus();
  field?.select();
}

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-opens]")?.dataset.opens;
  if (opens) document.getElementById(opens).showModal();
});
