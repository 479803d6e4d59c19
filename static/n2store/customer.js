// Keeps the 360 screen true: an event makes it fetch its live part again, once for a burst, and mark what is new.

import { refresher } from "./refresh.js";

const screen = document.querySelector("[data-live-fragment]");
const said = document.querySelector("[data-said]");
const dong = new Intl.NumberFormat(document.documentElement.lang === "vi" ? "vi-VN" : "en-US");

let received = { amount: 0, count: 0 };

refresher({ address: screen.dataset.liveFragment, draw });

function draw(fresh) {
  const known = new Set([...screen.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  const balances = Object.fromEntries([...screen.querySelectorAll("[data-balance]")].map(balance));
  const scrolled = [...screen.querySelectorAll(".n2-scroll")].map((box) => box.scrollLeft);
  const focused = document.activeElement?.closest("[data-part]") && document.activeElement.getAttribute("href");

  for (const part of fresh.querySelectorAll("[data-part]")) {
    const mine = screen.querySelector(`[data-part="${part.dataset.part}"]`);
    if (mine.innerHTML !== part.innerHTML) mine.replaceChildren(...part.childNodes);
  }

  for (const row of screen.querySelectorAll("[data-row]")) row.classList.toggle("is-new", !known.has(row.dataset.row));
  for (const [name, text] of [...screen.querySelectorAll("[data-balance]")].map(balance)) {
    screen.querySelector(`[data-balance="${name}"]`).classList.toggle("is-changed", balances[name] !== text);
  }
  screen.querySelectorAll(".n2-scroll").forEach((box, index) => { box.scrollLeft = scrolled[index] ?? 0; });
  if (focused) screen.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  announce();
}

function balance(box) {
  return [box.dataset.balance, box.querySelector("dd").textContent];
}

function announce() {
  if (!received.count) return;
  const text = received.count === 1 ? said.dataset.received : said.dataset.receivedMany;
  said.textContent = text.replace("{amount}", `+${dong.format(received.amount)} ₫`).replace("{count}", received.count);
  received = { amount: 0, count: 0 };
}

document.addEventListener("n2:event", ({ detail: { name, data } }) => {
  if (name !== "wallet.deposit") return;
  received.amount += data.transaction.amount;
  received.count += 1;
});
document.addEventListener("click", (event) => {
  const question = event.target.closest("[data-ask]")?.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});
