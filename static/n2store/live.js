// Keeps one event stream for the screen, and tells truthfully how it stands.
//
// The pill (`[data-live]`, templates/admin/_live_pill.html) holds the address, the names of events and the words.
// Screens listen on `document`:
//   n2:event  { name, data }   something happened
//   n2:afresh                  events may have been missed: fetch everything
// and tell `n2:busy` { busy } while they fetch, and `n2:signed-out` when the server no longer knows them.
//
// An EventSource hides the server's comments, so silence proves nothing. A stream that said nothing for PROOF_MS is
// therefore replaced by a new one, which goes on where the old one was; only one that does not open is called lost.

const PROOF_MS = 45_000;
const OPEN_MAX_MS = 10_000;
const GRACE_MS = 2_000; // A stream has a longest life: coming back at once is no outage.
const WAIT_MS = [500, 1_000, 2_000, 4_000, 8_000];
const HIDDEN_MS = 60_000; // A browser gives one shop six connections: a screen nobody looks at lets its own go.
const REMEMBERED = 500;

const pill = document.querySelector("[data-live]");
const words = pill.dataset;
const names = words.events.split(" ");

let stream = null; // The one that is heard.
let opening = null; // The one that is to replace it.
let cursor = words.cursor;
let failures = 0;
let lostSince = null;
let missed = false; // Something may have happened unheard.
let busy = false;
let ended = false;
const told = new Set(); // While two streams overlap, both tell.
const timers = {};

function after(name, ms, act) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, ms);
}

function show() {
  const state = ended ? "signed-out"
    : lostSince && (Date.now() - lostSince >= GRACE_MS || !navigator.onLine) ? "offline"
    : stream && !lostSince && !busy ? "live" : "catching-up";
  const since = new Date(lostSince ?? 0).toLocaleTimeString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour12: false });
  const text = {
    live: words.sayLive,
    "catching-up": words.sayCatchingUp,
    offline: words.sayOffline.replace("{time}", since),
    "signed-out": words.saySignedOut,
  }[state];
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.state = state;
}

function open() {
  if (ended || opening || document.hidden) return;
  const address = `${words.stream}&last_event_id=${encodeURIComponent(cursor)}`;
  const mine = new EventSource(address);
  opening = mine;
  after("open", OPEN_MAX_MS, () => fail(mine));
  mine.addEventListener("error", () => fail(mine));
  mine.addEventListener("connected", (event) => take(mine, event));
  mine.addEventListener("reset", (event) => { heard(mine, event); tell("n2:afresh"); });
  mine.addEventListener("heartbeat", (event) => heard(mine, event));
  for (const name of names) {
    mine.addEventListener(name, (event) => {
      if (heard(mine, event) && first(event.lastEventId)) tell("n2:event", { name, data: JSON.parse(event.data) });
    });
  }
}

function take(mine, event) {
  if (mine !== opening) return;
  clearTimeout(timers.open);
  clearTimeout(timers.again);
  stream?.close();
  stream = mine;
  opening = null;
  failures = 0;
  lostSince = null;
  heard(mine, event);
  if (missed) tell("n2:afresh");
  missed = false;
  show();
}

function first(id) {
  if (told.has(id)) return false;
  told.add(id);
  if (told.size > REMEMBERED) told.delete(told.values().next().value);
  return true;
}

function heard(mine, event) {
  if (mine !== stream && mine !== opening) return false;
  if (event.lastEventId) cursor = event.lastEventId;
  after("proof", PROOF_MS, open);
  return true;
}

function fail(mine) {
  mine.close();
  if (mine !== stream && mine !== opening) return;
  if (mine === stream) stream = null;
  if (mine === opening) opening = null;
  lose();
  if (failures > 0) askWhetherKnown();
  after("again", WAIT_MS[Math.min(failures++, WAIT_MS.length - 1)] * (1 + Math.random() / 4), open);
}

function lose() {
  rest();
  lostSince ??= Date.now();
  show();
  after("grace", GRACE_MS + 50, show);
}

function rest() {
  stream?.close();
  opening?.close();
  stream = opening = null;
  missed = true;
  for (const name of ["open", "proof"]) clearTimeout(timers[name]);
}

async function askWhetherKnown() {
  try {
    const answer = await fetch(words.live, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") tell("n2:signed-out");
  } catch {
    // The server is away; the stream says so already.
  }
}

function tell(type, detail = {}) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

document.addEventListener("n2:busy", (event) => { busy = event.detail.busy; show(); });
document.addEventListener("n2:signed-out", () => { ended = true; rest(); show(); });
addEventListener("offline", lose);
addEventListener("online", () => { failures = 0; open(); });
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return after("hidden", HIDDEN_MS, () => { rest(); show(); });
  clearTimeout(timers.hidden);
  open(); // Asleep, timers stood still: prove the stream, or take it up again.
});

show();
open();
