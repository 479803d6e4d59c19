// Says an amount in words while one types: a zero too many is heard, not seen. And lets a confirmation be sent once.

const WRITTEN = /^(?:\d{1,16}|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)$/;
const dong = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en-US" : "vi-VN");

for (const input of document.querySelectorAll("[data-amount]")) {
  const output = input.closest(".n2-field").querySelector("[data-words]");
  const say = () => {
    output.textContent = words(input.value, output.dataset);
    output.classList.toggle("is-wrong", output.textContent === output.dataset.unreadable);
  };
  input.addEventListener("input", say);
  say();
}

function words(text, say) {
  const written = text.trim().replace(/\s*[₫đ]$/u, "");
  if (!written) return "";
  if (!WRITTEN.test(written)) return say.unreadable;
  const amount = Number(written.replace(/\D/g, ""));
  const parts = [];
  let rest = amount;
  for (const [size, name] of [[1e9, say.billion], [1e6, say.million], [1e3, say.thousand]]) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${name}`);
  }
  if (rest || !amount) parts.push(rest);
  return `${dong.format(amount)} ₫ = ${parts.join(" ")} ${say.dong}`;
}

for (const form of document.querySelectorAll("[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1"; // The server does it once in any case; this only spares a person the doubt.
    form.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) delete form.dataset.sent;
});

// Chromium drops `autofocus` when a key was pressed while the page came; then Enter would do nothing.
const wanted = document.querySelector("[autofocus]");
if (wanted && document.activeElement === document.body) wanted.focus();
