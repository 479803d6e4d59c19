// Finds as one types. The form works without this; here it asks for the rows alone, and drops answers that are late.

import { ask } from "./shop.js";

const WAIT_MS = 180;

for (const form of document.querySelectorAll("[data-finder]")) {
  const place = document.querySelector(form.dataset.finder);
  const text = form.querySelector("[type=search]");
  let planned = null;
  let asking = null;
  let asked = wanted();
  if (text.autofocus && document.activeElement === document.body) text.focus(); // A slow page's `autofocus` is dropped.

  function wanted() {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim()) given.set(name, value.trim());
    return given.toString();
  }

  async function find() {
    clearTimeout(planned);
    if (wanted() === asked) return;
    asked = wanted();
    asking?.abort();
    asking = new AbortController();
    const mine = asked;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(`?${mine}&part=rows`, { signal: asking.signal, redirect: "manual" });
      if (answer.type === "opaqueredirect" || !answer.ok) return location.assign(`?${mine}`);
      const html = await answer.text();
      if (mine !== asked) return;
      place.innerHTML = html; // Rendered and escaped by our own server.
      history.replaceState(null, "", `?${mine}`);
      document.dispatchEvent(new CustomEvent("n2:found"));
    } catch (error) {
      if (error.name !== "AbortError") asked = null; // The network is away: the next key asks again.
    } finally {
      if (mine === asked || asked === null) place.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("input", (event) => {
    if (event.isComposing) return; // A Vietnamese letter is being put together.
    clearTimeout(planned);
    planned = setTimeout(find, event.target === text ? WAIT_MS : 0);
  });
  form.addEventListener("compositionend", () => { planned = setTimeout(find, WAIT_MS); });
  form.addEventListener("submit", (event) => { event.preventDefault(); find(); });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    place.querySelector("a")?.focus();
  });
  place.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...place.querySelectorAll("tbody a")];
    const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (next < 0 ? text : links[next])?.focus();
  });
}
