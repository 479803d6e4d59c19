// Tells of rows that came or changed after the list was drawn. The list stays as it is until the reader asks for them.
// A link with `data-about` tells of one conversation only, and counts each message.

const link = document.querySelector("[data-news]");
const seen = new Set();

document.addEventListener("n2:event", ({ detail: { data } }) => {
  if (link.dataset.about && String(data.conversation_id) !== link.dataset.about) return;
  seen.add(link.dataset.about ? seen.size : data.ticket_code ?? data.id);
  show(seen.size === 1 ? link.dataset.one : link.dataset.many.replace("{count}", seen.size));
});
document.addEventListener("n2:afresh", () => { if (!seen.size) show(link.dataset.some); });
link.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});

function show(text) {
  link.textContent = text;
  link.hidden = false;
}
