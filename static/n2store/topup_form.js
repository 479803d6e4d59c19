// The form of a top-up: amounts to choose from, thousands in groups, and one press is one top-up.

const form = document.querySelector(".tu-form");
const amount = form?.querySelector("[name=amount]");

function group() {
  const digits = amount.value.replace(/\D/g, "").replace(/^0+/, "").slice(0, 12);
  amount.value = digits.replace(/\B(?=(\d{3})+$)/g, document.documentElement.lang === "en" ? "," : ".");
}

if (form) {
  const suggested = form.querySelector(".tu-suggested");
  suggested.hidden = false;
  suggested.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-amount]");
    if (!chosen) return;
    amount.value = chosen.dataset.amount;
    group();
    amount.focus();
  });
  amount.addEventListener("input", group);
  form.addEventListener("submit", () => { form.querySelector("[type=submit]").disabled = true; });
  addEventListener("pageshow", () => { form.querySelector("[type=submit]").disabled = false; });
}
