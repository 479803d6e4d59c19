// Keeps the list of top-ups, or the page of one, true. What is on the screen changes where it stands; new rows are
// offered by a link, so that nothing moves under the hand.

import { refresher } from "./refresh.js";

const page = document.querySelector("[data-topup-page]");
const news = document.querySelector("[data-news]");

refresher({ address: location.href, draw: page ? drawPage : drawList });
news?.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});

function drawPage(fresh) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (now && now.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(now);
  }
}

function drawList(fresh) {
  const shown = rowsOf(document);
  let more = 0;
  for (const [address, now] of rowsOf(fresh)) {
    const row = shown.get(address);
    if (!row) more += 1;
    else if (row.innerHTML !== now.innerHTML && !row.contains(document.activeElement)) row.replaceWith(now);
  }
  news.hidden = !more;
  news.textContent = more === 1 ? news.dataset.one : news.dataset.many.replace("{count}", more);
}

function rowsOf(tree) {
  const links = tree.querySelectorAll("#result_list .field-begun_at a");
  return new Map([...links].map((link) => [link.getAttribute("href"), link.closest("tr")]));
}
