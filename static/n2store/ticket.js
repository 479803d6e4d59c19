// Tells that somebody changed the ticket one looks at. What one types is left alone until one asks for the news.

const link = document.querySelector("[data-changed]");
const show = () => { link.hidden = false; };

document.addEventListener("n2:event", ({ detail: { data } }) => { if (data.ticket_code === link.dataset.changed) show(); });
document.addEventListener("n2:afresh", show);
link.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
