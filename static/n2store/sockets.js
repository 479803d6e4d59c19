// Keeps the page of sockets true: drawn anew when a socket changes, and every few seconds, for frames and a worker that
// died are announced by nobody. Where the pointer or the keyboard is, it stays.

const GATHER_MS = 150;
const RETRY_MS = 2_000;
const LOOK_EVERY_MS = 5_000;

const screen = document.querySelector("[data-sockets]");

let planned = null;
let fetching = false;
let stale = false;

function plan(ms = GATHER_MS) {
  planned ??= setTimeout(refresh, ms);
}

async function refresh() {
  planned = null;
  if (fetching) { stale = true; return; }
  fetching = true;
  stale = false;
  try {
    const answer = await fetch(screen.dataset.sockets, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      document.dispatchEvent(new CustomEvent("n2:signed-out"));
      return;
    }
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    draw(new DOMParser().parseFromString(await answer.text(), "text/html")); // Rendered and escaped by our own server.
    busy(false);
  } catch {
    busy(true); // The pill says that the screen is behind.
    plan(RETRY_MS);
  } finally {
    fetching = false;
    if (stale) plan();
  }
}

function draw(fresh) {
  const old = screen.querySelector("[data-part=rows]");
  const rows = fresh.querySelector("[data-part=rows]");
  if (old.innerHTML === rows.innerHTML) return;
  const here = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(rows);
  if (here) rows.querySelector(`a[href="${CSS.escape(here)}"]`)?.focus({ preventScroll: true });
}

function busy(is) {
  document.dispatchEvent(new CustomEvent("n2:busy", { detail: { busy: is } }));
}

document.addEventListener("n2:event", () => plan());
document.addEventListener("n2:afresh", () => plan());
setInterval(() => { if (!document.hidden) plan(); }, LOOK_EVERY_MS);
