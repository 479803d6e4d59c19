// Keeps the card of a top-up (templates/wallet/_card.html) as the top-up is, and counts its time down.

import { follow } from "./topup.js";

for (const card of document.querySelectorAll("[data-topup]")) {
  const how = card.querySelector("[data-how]");
  const left = card.querySelector("[data-left]");
  const amounts = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en-US" : "vi-VN");
  const expires = Date.parse(card.dataset.expires);

  const count = () => {
    const seconds = Math.max(0, Math.round((expires - Date.now()) / 1000));
    left.textContent = seconds ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : left.dataset.sayOver;
  };
  const counting = "over" in card.dataset ? null : setInterval(count, 1000);
  if (counting) count();

  const show = (state) => {
    card.dataset.state = state.status;
    card.dataset.version = state.version;
    for (const part of card.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(state.status);
    }
    for (const paid of card.querySelectorAll("[data-paid]")) paid.textContent = `${amounts.format(state.amount_paid)} ₫`;
    for (const part of card.querySelectorAll("[data-while-open]")) part.hidden = state.terminal;
    for (const part of card.querySelectorAll("[data-when-over]")) part.hidden = !state.terminal;
    if (state.terminal) {
      card.dataset.over = "";
      clearInterval(counting);
    } else if (state.status === "pending" && !card.querySelector(".tu-qr") && !card.querySelector(".tu-pay a")) {
      location.reload(); // The link is there now, and its picture is drawn by the server.
    }
  };

  if (!("over" in card.dataset)) {
    follow(
      { stream: card.dataset.stream, status: card.dataset.status, version: Number(card.dataset.version) },
      {
        state: show,
        how: (word) => {
          card.dataset.how = word;
          const says = `say${word.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase())}`;
          how.textContent = how.dataset[says] ?? "";
        },
      },
    );
  }
}
