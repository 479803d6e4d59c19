// Tells that somebody changed the ticket one looks at. What one types is left alone until one asks for the news.
//
// `data-seen` is how much history the page shows: what one did oneself may be told again, and is no news.
// A refused act is answered with the page under its own address: the ticket's is put there, for whoever loads it again.

const link = document.querySelector("[data-changed]");
if (location.pathname !== link.pathname) history.replaceState(null, "", link.href);
const show = () => { link.hidden = false; };

document.addEventListener("n2:event", ({ detail: { name, data } }) => {
  if (data.ticket_code !== link.dataset.changed) return;
  if (name === "ticket.deleted" || data.ticket.action_history.length > Number(link.dataset.seen)) show();
});
document.addEventListener("n2:afresh", show);
link.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
