// Checks fields while one types; without this file the form is checked when it is sent.

const form = document.querySelector("form[data-signup]");
const COPIED = { name: "poster-name", latin_name: "poster-latin" };
const LISTS = { bank: "banks", branch: "branches" };
const left = new Set(); // what was typed into and left: only of that is said what is wrong
let asked = 0;

function say(field, told) {
  const note = document.getElementById(`${field}-note`);
  const input = document.getElementById(field);
  if (!note || !input) return;
  note.className = told.wrong ? "err" : "ok";
  note.textContent = "";
  if (told.text) {
    const icon = document.getElementById(`icon-${note.className}`).content.cloneNode(true);
    note.append(icon, Object.assign(document.createElement("span"), { textContent: told.text }));
  }
  input.closest(".field").classList.toggle("wrong", told.wrong);
  if (told.wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function fill(id, rows) {
  const options = rows.map((row) => {
    const option = document.createElement("option");
    [option.value, option.textContent] = [row.code, `${row.code} ${row.name}`];
    return option;
  });
  const list = document.getElementById(id);
  list.textContent = "";
  list.append(...options);
}

async function check() {
  const turn = ++asked;
  const body = new URLSearchParams(new FormData(form));
  const lang = new URLSearchParams(new URL(form.action).search).get("lang") ?? "";
  const answer = await fetch(`/sign-up/check?lang=${lang}`, { method: "POST", body }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!told || turn !== asked) return;
  for (const field of left) if (told.fields[field]) say(field, told.fields[field]);
  for (const [field, id] of Object.entries(LISTS)) fill(id, told[id] ?? []);
}

if (form) {
  let soon = 0;
  form.addEventListener("input", (event) => {
    const copy = COPIED[event.target.name];
    if (copy) document.getElementById(copy).textContent = event.target.value;
    if (event.target.name in LISTS) {
      clearTimeout(soon);
      soon = setTimeout(check, 250);
    }
  });
  form.addEventListener("change", (event) => {
    if (!event.target.value) return;
    left.add(event.target.name);
    check();
  });
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault(); // a double tap is one shop
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false)); // who comes back may send again
  document.getElementById("mend")?.focus();
}
