// Keeps the page of sockets true: drawn anew when a socket changes, and every few seconds, for frames and a worker that
// died are announced by nobody. Where the pointer or the keyboard is, it stays.

import { refresher } from "./refresh.js";

const LOOK_EVERY_MS = 5_000;

const screen = document.querySelector("[data-sockets]");

const plan = refresher({ address: screen.dataset.sockets, draw, quiet: true });

function draw(fresh) {
  const old = screen.querySelector("[data-part=rows]");
  const rows = fresh.querySelector("[data-part=rows]");
  if (old.innerHTML === rows.innerHTML) return;
  const here = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(rows);
  if (here) rows.querySelector(`a[href="${CSS.escape(here)}"]`)?.focus({ preventScroll: true });
}

setInterval(() => { if (!document.hidden) plan(); }, LOOK_EVERY_MS);
