// One goes from ticket to ticket as the list showed them, whatever it was narrowed to. The list remembers its rows for
// this tab (`data-walk` names their links); a page of one (`data-walked`) leads to the next, the one before, and back.

const PLACE = "n2:walk";

const list = document.querySelector("[data-walk]");
if (list) {
  const rows = [...document.querySelectorAll(list.dataset.walk)].map((link) => link.pathname);
  sessionStorage.setItem(PLACE, JSON.stringify({ rows, list: location.pathname + location.search }));
}

if (document.querySelector("[data-walked]")) {
  const { rows = [], list: back } = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");
  const here = rows.indexOf(location.pathname);
  lead("[data-walked=back]", back);
  lead("[data-walked=next]", here < 0 ? null : rows[here + 1]);
  lead("[data-walked=previous]", here < 0 ? null : rows[here - 1]);
}

function lead(selector, address) {
  const link = document.querySelector(selector);
  if (!address || !link) return;
  link.href = address;
  link.hidden = false;
}
