// How many customers wait for an answer, on every page of the admin: in the menu, and on the inbox in the tab's title.
// Looked at now and then, and at once when the page's own stream says that it changed.

(() => {
  const LOOK_MS = 20_000;
  const GATHER_MS = 400;
  const INBOX = "/realtime/waitingcustomer/";

  let planned = null;
  let shown = null;

  function start() {
    const link = document.querySelector(`#nav-sidebar-apps a[href$="${INBOX}"]`);
    if (!link) return; // Who does not see the inbox is not told.
    const plan = (ms) => { planned ??= setTimeout(look, ms); };

    async function look() {
      planned = null;
      if (!document.hidden) {
        try {
          const answer = await fetch(`${link.getAttribute("href")}?part=count`, {
            redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(LOOK_MS),
          });
          if (answer.ok) show((await answer.json()).waiting);
          else if (answer.type === "opaqueredirect") return; // Signed out.
        } catch {
          // The shop is away; the next look comes anyway.
        }
      }
      plan(LOOK_MS);
    }

    function show(count) {
      if (count === shown) return;
      shown = count;
      let badge = link.querySelector("[data-waiting]") ?? [...link.children].find((one) => /^\d+$/.test(one.textContent.trim()));
      if (!badge) {
        badge = document.createElement("span");
        badge.className = "n2-menu-badge";
        link.append(badge);
      }
      badge.dataset.waiting = count;
      badge.textContent = count;
      badge.hidden = !count;
      if (location.pathname.endsWith(INBOX)) document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    }

    document.addEventListener("n2:event", (event) => {
      if (!event.detail.name.startsWith("inbox.")) return;
      clearTimeout(planned);
      planned = null;
      plan(GATHER_MS);
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && planned === null) plan(0); });
    plan(location.pathname.endsWith(INBOX) ? 0 : LOOK_MS);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
