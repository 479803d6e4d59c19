// Fetches a part of the screen anew and has it drawn: once for a burst of events, never twice at a time, again after a
// failure. While it is at work the pill says that the screen is behind; with `quiet` only after a failure, for a screen
// that looks again every few seconds.

import { ask } from "./shop.js";

const RETRY_MS = 2_000;

// Returns `plan`, which has `draw(document)` called soon with what `address` holds.
export function refresher({ address, draw, gatherMs = 120, quiet = false }) {
  let planned = null;
  let fetching = false;
  let stale = false;

  const plan = (ms = gatherMs) => { planned ??= setTimeout(refresh, ms); };

  async function refresh() {
    planned = null;
    if (fetching) { stale = true; return; }
    fetching = true;
    stale = false;
    if (!quiet) tell("n2:busy", { busy: true });
    try {
      const answer = await ask(address, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 403) return tell("n2:signed-out");
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      draw(new DOMParser().parseFromString(await answer.text(), "text/html")); // Rendered and escaped by our own server.
      tell("n2:busy", { busy: false });
    } catch {
      tell("n2:busy", { busy: true });
      plan(RETRY_MS);
    } finally {
      fetching = false;
      if (stale) plan();
    }
  }

  document.addEventListener("n2:event", () => plan());
  document.addEventListener("n2:afresh", () => plan());
  return plan;
}

function tell(type, detail = {}) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}
