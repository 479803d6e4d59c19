// The queue by keyboard, and what others do meanwhile. Without this file every key has its button or link.
//
// A key presses what carries it (`data-key`): j and n go on, k goes back, Enter and 1 accept the first, u takes back.
// It is not heard where one types, with Ctrl, Alt or Meta held, while it repeats, or before one can have read the page.

const READ_MS = 500;

const focus = document.querySelector("[data-queue]");
const arrived = document.querySelector("[data-arrived]");
const shownAt = performance.now();
const news = new Set();

addEventListener("keydown", (event) => {
  if (event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const target = carrier(event.key);
  if (!target || performance.now() - shownAt < READ_MS) return;
  event.preventDefault();
  press(target);
});

function carrier(key) {
  if (key === "Enter") return document.querySelector("[data-accept]"); // Only where the first is ahead of the others.
  return key.length === 1 ? document.querySelector(`[data-key="${CSS.escape(key === "n" ? "j" : key)}"]`) : null;
}

function press(target) {
  if (target.matches("input")) return target.focus();
  if (target.matches("details")) {
    target.open = !target.open;
    if (target.open) target.querySelector("input:not([type=hidden])")?.select();
    return;
  }
  target.click();
}

document.addEventListener("n2:event", ({ detail: { name, data } }) => {
  if (name === "transfer.received") return tellOfNews(data.id);
  if (focus && String(data.id) === focus.dataset.queue) return look();
  const row = document.querySelector(`[data-row="transfer-${CSS.escape(String(data.id))}"]`);
  if (row && name !== "transfer.asked") row.classList.add("is-settled");
});
document.addEventListener("n2:afresh", look);

function tellOfNews(id) {
  news.add(id);
  arrived.textContent = news.size === 1 ? arrived.dataset.one : arrived.dataset.many.replace("{count}", news.size);
  arrived.hidden = false;
}

async function look() {
  if (!focus) return;
  const answer = await fetch(focus.dataset.meanwhileAt, { redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const html = await answer.text();
  if (!html.trim()) return;
  focus.querySelector("[data-meanwhile]").innerHTML = html; // Rendered and escaped by our own server.
  const acts = focus.querySelector("[data-acts]");
  if (!acts) return;
  acts.inert = true;
  for (const keyed of acts.querySelectorAll("[data-key], [data-accept]")) {
    delete keyed.dataset.key;
    delete keyed.dataset.accept;
  }
}
