// The page *Pay code*: makes one-time codes on this device, with or without a network. The key
// stays here. What a code is, says docs/decisions/016-customer-presented-codes.md.

import { hmac } from "./sha256.js";
import { bars, qr } from "./symbols.js";

const STEP_MS = 30_000;
const KEPT = "enishi.phone";
// A handle that changes each day tells shops less.
const OLD_MS = 24 * 3600 * 1000;
// A clock that is off by more makes codes that are not taken.
const OFF_MS = 45_000;

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const digits = (number, count) => String(number).padStart(count, "0");

/** ISO/IEC 7064 MOD 11,10. */
function check(body) {
  let product = 10;
  for (const digit of body) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum || 10) * 2) % 11;
  }
  return (11 - product) % 10;
}

/** The 20 digits of a phone for a step. */
export function code({ prefix, handle, key }, step, counter) {
  const input = new Uint8Array(21);
  input.set(new TextEncoder().encode("enishi 1"));
  const view = new DataView(input.buffer);
  view.setUint32(8, handle);
  view.setUint32(12, Math.floor(step / 2 ** 32));
  view.setUint32(16, step >>> 0);
  input[20] = counter;
  const mac = hmac(bytes(key), input);
  const cut = new DataView(mac.buffer).getUint32(mac[31] & 15) & 0x7fffffff;
  const slot = (step % 5) + 5 * counter;
  const body = digits(prefix, 3) + digits(handle, 8) + slot + digits(cut % 10_000_000, 7);
  return body + check(body);
}

function draw(place, picture) {
  place.textContent = "";
  place.append(picture);
}

function show(place, phone) {
  const part = (name) => place.querySelector(`[data-${name}]`);
  let shown = "";
  let at = 0;
  let counter = 0;
  const tick = () => {
    if (!place.isConnected) return;
    const now = Date.now();
    const step = Math.floor(now / STEP_MS);
    if (step !== at) [at, counter] = [step, 0];
    const text = code(phone, step, counter);
    if (text !== shown) {
      shown = text;
      draw(part("qr"), qr(text));
      draw(part("bars"), bars(text));
      part("digits").textContent = text.match(/.{4}/g).join(" ");
    }
    const left = Math.ceil(((step + 1) * STEP_MS - now) / 1000);
    const told = part("left");
    told.textContent = told.dataset.left.replace("0", left);
    part("bar").value = left;
    part("next").disabled = counter === 1;
    setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  part("next").addEventListener("click", () => {
    counter = 1;
    shown = "";
    tick();
  });
  place.hidden = false;
  tick();
}

export function prepare(root) {
  for (const page of root.querySelectorAll("[data-paycode]")) begin(page);
}

function begin(page) {
  const { wallet, phone: made, handle, now } = page.dataset;
  if (made) localStorage.setItem(KEPT, JSON.stringify({ ...JSON.parse(made), wallet, at: Date.now() }));
  const phone = load();
  const enrol = page.querySelector("form[data-enrol]");
  const mine = phone && (!wallet || phone.wallet === wallet);
  // Another device makes this wallet's codes now, or none does.
  const taken = mine && wallet && String(phone.handle) !== handle;
  if (now && Math.abs(Number(now) / 1000 - Date.now()) > OFF_MS) {
    page.querySelector("[data-clock]").hidden = false;
  }
  if (!mine || taken) {
    page.querySelector("[data-none]").hidden = false;
    if (enrol) enrol.hidden = false;
    return;
  }
  show(page.querySelector("[data-show]"), phone);
  if (enrol && !made && Date.now() - phone.at > OLD_MS) enrol.querySelector("button").click();
}
