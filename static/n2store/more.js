// "Load more": the next page's rows go below these. Where the list asks for it, they come as one scrolls.

import { ask } from "./shop.js";

let loading = false;

async function load(place) {
  const link = place.querySelector("a");
  if (!link || loading) return;
  loading = true;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(link.href, { redirect: "manual" });
    if (answer.type === "opaqueredirect" || !answer.ok) return location.assign(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-rows]");
    const mine = place.isConnected && document.querySelector("[data-rows]");
    if (fresh && mine) mine.append(...fresh.children);
    place.replaceChildren(...(page.querySelector("[data-more]")?.childNodes ?? []));
    watch();
  } catch {
    link.removeAttribute("aria-busy"); // The network is away: the link stays, to be pressed again.
  } finally {
    loading = false;
  }
}

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-more] a")?.closest("[data-more]");
  if (!place || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  load(place);
});

const eye = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) if (isIntersecting) load(target);
}, { rootMargin: "300px" });

function watch() {
  eye.disconnect();
  for (const place of document.querySelectorAll("[data-by-scrolling]")) eye.observe(place);
}

document.addEventListener("n2:found", watch);
watch();
