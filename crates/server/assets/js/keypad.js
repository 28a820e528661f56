// The keys of the till: a help for fingers; the field works without them. A scanner types wherever
// the focus is: what it types goes to the field for the customer's code.

const group = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

export function prepare(root) {
  for (const keys of root.querySelectorAll("[data-keypad]")) {
    const input = document.querySelector(keys.dataset.keypad);
    if (!input) continue;
    keys.hidden = false;
    keys.addEventListener("click", ({ target }) => {
      const key = target.closest("[data-key]")?.dataset.key;
      if (key) press(input, key);
    });
    input.addEventListener("input", () => tidy(input, input.value));
  }
}

document.addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key.length !== 1 || ctrlKey || metaKey || altKey) return;
  if (target.closest("input, textarea, select")) return;
  const field = document.querySelector("#customer-code");
  if (field) field.focus();
});

function press(input, key) {
  tidy(input, key === "back" ? input.value.slice(0, -1) : input.value + key);
}

function tidy(input, text) {
  const [whole, ...rest] = text.normalize("NFKC").replace(/[^\d.]/g, "").split(".");
  const plain = whole.replace(/^0+(?=\d)/, "").slice(0, 12);
  input.value = group(plain) + (rest.length ? `.${rest.join("")}` : "");
}
