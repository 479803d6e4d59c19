// Calls the shop's API from a page: at the first address, and at a backup when that one does not answer.
//
//   const { client } = …this module…;
//   const shop = client({ addresses: ["https://shop.example", "https://backup.example"], token });
//   const answer = await shop.fetchWithFallback("/api/odata/Tag?$top=5");
//
// A call is repeated at a backup when nobody answered or the answer is 500 or above, and only if a repeat does no harm:
// GET, HEAD, or a write with an `Idempotency-Key`. Anything else is returned as it is; so is every answer below 500: among
// them 409 `SEND_UNKNOWN`, which says that a message may have gone out. A key belongs to addresses that know it (messages,
// money), and a backup that is to know it as well runs on the same database.
// A backup that answered is asked first for BACKUP_MS, then the first address is tried again. Where none does better, the
// last answer there was is returned: it says why. `timeoutMs` bounds the wait for an answer; one that has begun may
// last WHOLE_MS longer, as a large workbook does.
//
// `token` is ours. It travels in `Authorization`, or beside it where the caller's `Authorization` is a neighbour's.

const BACKUP_MS = 5 * 60_000;
const TIMEOUT_MS = 20_000;
const WHOLE_MS = 130_000; // A little longer than the gateway lets an answer last.
const SAFE = new Set(["GET", "HEAD"]);

export function client({ addresses, token = null, timeoutMs = TIMEOUT_MS, now = Date.now, tell = console.info }) {
  let first = 0; // Which address is asked first.
  let until = 0; // Until when that is a backup.

  function order() {
    if (now() >= until) first = 0;
    return [first, ...addresses.keys()].filter((place, index, all) => all.indexOf(place) === index);
  }

  async function fetchWithFallback(path, options = {}) {
    const headers = withToken(new Headers(options.headers), token);
    const places = mayRepeat(options, headers) ? order() : order().slice(0, 1);
    let answered = null;
    let failed = null;
    for (const place of places) {
      const { answer, failure } = await once(addresses[place] + path, { ...options, headers }, timeoutMs);
      answered = answer ?? answered;
      failed = failure;
      if (answer && answer.status < 500) {
        remember(place);
        return answer;
      }
      if (options.signal?.aborted) break;
      if (place !== places.at(-1)) tell(`${addresses[place]}: ${answer?.status ?? "no answer"}, asking a backup`);
    }
    if (answered) return answered;
    throw failed;
  }

  function remember(place) {
    if (place === first) return;
    first = place;
    until = place === 0 ? 0 : now() + BACKUP_MS;
  }

  return { fetchWithFallback };
}

function mayRepeat(options, headers) {
  if (options.body instanceof ReadableStream) return false; // It can be read once.
  return SAFE.has((options.method ?? "GET").toUpperCase()) || headers.has("Idempotency-Key");
}

function withToken(headers, token) {
  if (token) headers.set(headers.has("Authorization") ? "X-N2Store-Token" : "Authorization", own(headers, token));
  return headers;
}

function own(headers, token) {
  return headers.has("Authorization") ? token : `Token ${token}`;
}

async function once(address, options, timeoutMs) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException("No answer in time", "TimeoutError")), timeoutMs);
  const signals = [late.signal, AbortSignal.timeout(timeoutMs + WHOLE_MS), options.signal].filter(Boolean);
  try {
    return { answer: await fetch(address, { ...options, signal: AbortSignal.any(signals) }) };
  } catch (failure) {
    return { failure };
  } finally {
    clearTimeout(timer);
  }
}
