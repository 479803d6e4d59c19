// Follows one top-up until its end: by its event stream, and by asking every five seconds where no stream comes through.
//
//   const stop = follow({ stream, status, version }, { state(state), how(word) });
//
// `state` is called with every newer state; `how` with live, polling, offline, gave-up or signed-out. Versions decide what
// is newer, so it does not matter by which way something was heard, or how often.

import { ask } from "./shop.js";

const POLL_EVERY_MS = 5_000;
const POLLS_MAX = 120; // Ten minutes.
const SILENT_MS = 8_000; // A stream that opens and says nothing is held back on the way.
const PROOF_MS = 70_000; // Two heartbeats: nothing for so long, and the connection is gone.
const FAILURES_BEFORE_POLLING = 2;
const REOPEN_MS = 30_000;

export function follow({ stream, status, version = 0 }, { state, how = () => {} }) {
  let source = null;
  let failures = 0;
  let polls = 0;
  let over = false;
  let proven = false;
  const timers = {};

  const after = (name, ms, act) => { clearTimeout(timers[name]); timers[name] = setTimeout(act, ms); };
  const cancel = (...names) => { for (const name of names) { clearTimeout(timers[name]); delete timers[name]; } };

  function take(next) {
    if (next.version > version) {
      version = next.version;
      state(next);
    }
    if (next.terminal) stop();
  }

  function open() {
    if (over || source || !("EventSource" in window)) {
      if (!over && !source) poll();
      return;
    }
    const mine = source = new EventSource(stream);
    const heard = () => {
      if (mine !== source) return;
      failures = 0;
      proven = true;
      cancel("poll", "reopen");
      polls = 0;
      how("live");
      after("silent", PROOF_MS, () => { close(); poll(); after("reopen", REOPEN_MS, open); });
    };
    after("silent", SILENT_MS, poll); // The stream is left open: it may come through yet.
    mine.addEventListener("status-update", (event) => { heard(); take(JSON.parse(event.data)); });
    mine.addEventListener("heartbeat", heard);
    mine.addEventListener("error", (event) => {
      if (mine !== source) return;
      if (event instanceof MessageEvent) return void poll(); // The server says that something is wrong.
      failures += 1;
      if (mine.readyState === EventSource.CLOSED) { // Refused for good, or told politely that it is over.
        close();
        askOnce();
        poll();
        after("reopen", REOPEN_MS, open);
      } else if (failures >= FAILURES_BEFORE_POLLING || !proven) {
        poll();
      }
    });
  }

  function close() {
    source?.close();
    source = null;
    cancel("silent");
  }

  function poll() {
    if (over || timers.poll) return;
    how(navigator.onLine ? "polling" : "offline");
    const next = async () => {
      delete timers.poll;
      if (over) return;
      if (polls >= POLLS_MAX) { how("gave-up"); return; }
      polls += 1;
      after("poll", POLL_EVERY_MS, next);
      await askOnce();
    };
    after("poll", POLL_EVERY_MS, next);
  }

  async function askOnce() {
    try {
      const answer = await ask(status, { cache: "no-store", headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) { how("signed-out"); stop(); return; }
      if (answer.ok) take(await answer.json());
    } catch {
      how("offline"); // The next question, or the stream, finds the network again.
    }
  }

  function look() { // Somebody comes back from the bank's app: phones let streams sleep.
    if (over || document.hidden) return;
    askOnce();
    open();
  }

  function offline() { close(); poll(); } // A connection without a network would say nothing, and not that it is dead.

  function online() { failures = 0; polls = 0; close(); askOnce(); open(); }

  function hide() { close(); cancel("poll", "reopen"); }

  function show(event) { if (event.persisted) look(); }

  function stop() {
    over = true;
    close();
    cancel(...Object.keys(timers));
    document.removeEventListener("visibilitychange", look);
    for (const [name, act] of Object.entries(bound)) removeEventListener(name, act);
  }

  const bound = { offline, online, pagehide: hide, pageshow: show };
  document.addEventListener("visibilitychange", look);
  for (const [name, act] of Object.entries(bound)) addEventListener(name, act);
  open();
  return stop;
}
