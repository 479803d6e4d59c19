// Shows of the form only what the chosen type of ticket needs. Without this file all of it is there.

const form = document.querySelector("[data-open]");

function show() {
  const type = form.querySelector("[name=type]:checked")?.value;
  for (const part of form.querySelectorAll("[data-only]")) {
    part.hidden = !type || !part.dataset.only.split(" ").includes(type);
  }
}

if (form) {
  form.addEventListener("change", show);
  show();
}
