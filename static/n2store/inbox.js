// Keeps the inbox true without moving it under the hand: rows change where they stand, new ones come at the end, and one
// that was answered stays, faint, until the pointer has left the list.

import { refresher } from "./refresh.js";

const MINUTE_MS = 60_000; // How long somebody waits is told in minutes.
const SETTLED_MS = 3_000;

const screen = document.querySelector("[data-inbox]");
const list = screen.querySelector("[data-rows]");
const nobody = screen.querySelector("[data-nobody]");

const plan = refresher({ address: screen.dataset.inbox, draw });

function draw(fresh) {
  const mine = new Map([...list.children].map((row) => [row.dataset.row, row]));
  for (const row of fresh.querySelectorAll("[data-rows] > [data-row]")) {
    const old = mine.get(row.dataset.row);
    mine.delete(row.dataset.row);
    if (!old) {
      row.classList.add("is-new");
      list.append(row);
    } else if (!old.contains(document.activeElement) && told(old) !== told(row)) {
      old.replaceWith(row);
    }
  }
  for (const row of mine.values()) settle(row);
  screen.querySelector("[data-part=tabs]").replaceWith(fresh.querySelector("[data-part=tabs]"));
  nobody.hidden = list.querySelector(":scope > :not(.is-settled)") !== null;
}

function told(row) {
  return row.innerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/, "");
}

function settle(row) {
  if (row.classList.contains("is-settled")) return;
  row.classList.remove("is-new");
  row.classList.add("is-settled");
  row.inert = true;
  const leave = () => (list.matches(":hover") ? setTimeout(leave, SETTLED_MS) : row.remove());
  setTimeout(leave, SETTLED_MS);
}

setInterval(() => { if (!document.hidden) plan(); }, MINUTE_MS);
