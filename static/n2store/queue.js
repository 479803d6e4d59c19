// The queue of transfers: what others do meanwhile. Its keys are those of `keys.js`.

import { ask } from "./shop.js";

const focus = document.querySelector("[data-queue]");
const arrived = document.querySelector("[data-arrived]");
const news = new Set();

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
  const answer = await ask(focus.dataset.meanwhileAt, { redirect: "manual", cache: "no-store" }).catch(() => null);
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
