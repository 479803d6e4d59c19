// Tells who else looks at this page, and says that one looks oneself. A page nobody sees says nothing, and is forgotten.

import { ask } from "./shop.js";

const AGAIN_MS = 600; // Whoever only loads the page again leaves and comes at once: that is not told.

const form = document.querySelector("[data-presence]");
const line = document.querySelector("[data-others]");
const page = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let soon = 0;
let asked = 0;

function said(more = {}) {
  const data = new FormData(form);
  for (const [name, value] of Object.entries({ page, ...more })) data.set(name, value);
  return data;
}

async function beat() {
  if (document.hidden) return;
  const mine = ++asked;
  const answer = await ask(form.action, { method: "POST", body: said(), redirect: "manual" }).catch(() => null);
  const others = answer?.ok ? (await answer.json()).others : [];
  if (mine === asked) show(others);
}

function show(others) {
  const text = others.length === 0 ? ""
    : others.length === 1 ? line.dataset.one.replace("{name}", others[0])
    : line.dataset.many.replace("{names}", others.join(", "));
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

function leave() {
  asked++;
  navigator.sendBeacon(form.action, said({ gone: 1 }));
}

document.addEventListener("n2:event", ({ detail: { name } }) => {
  if (name !== "presence.changed") return;
  clearTimeout(soon);
  soon = setTimeout(beat, AGAIN_MS);
});
document.addEventListener("visibilitychange", beat);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => { if (event.persisted) beat(); });
setInterval(beat, Number(form.dataset.presence) * 1000);
beat();
