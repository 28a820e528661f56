// Without this file every form still works; with it fragments change in place.
// Scripts keep to what Chrome 80 and Safari 13.1 know.

import { catchUp, watch } from "./away.js";
import { follow } from "./events.js";
import * as keypad from "./keypad.js";
import { sign } from "./passkey.js";
import * as ring from "./ring.js";
import * as scan from "./scan.js";
import "./signup.js";
import { keepAssets, post, refresh, swap } from "./swap.js";

const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-swap], form[data-sign]");
  if (!form) return;
  event.preventDefault();
  if (sent.has(form)) return; // a double tap is one payment
  sent.add(form);
  const done = "scan" in form.dataset ? scan.scanShown(form) : signedAndSent(form);
  done.finally(() => sent.delete(form));
});

/** What a person signs is signed before it is sent. */
async function signedAndSent(form) {
  if ("sign" in form.dataset) await sign(form);
  return "swap" in form.dataset ? post(form) : form.submit();
}

document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
  const link = event.target.closest("a[data-get]");
  if (link && plain && document.querySelector(link.dataset.swap)) {
    event.preventDefault();
    swap(link.dataset.swap, link.dataset.get);
  }
  if (plain && event.target.closest("[data-print]")) {
    event.preventDefault();
    print();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
});

async function copyFrom(button) {
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  document.getElementById("say").textContent = button.dataset.said;
  button.lastChild.textContent = button.dataset.said;
}

function prepare(root) {
  scan.prepare(root);
  ring.prepare(root);
  keypad.prepare(root);
  const codes = root.matches("[data-paycode]") || root.querySelector("[data-paycode]");
  if (codes) import("./paycode.js").then((paycode) => paycode.prepare(root));
  if (navigator.clipboard) root.querySelectorAll("[data-copy]").forEach((b) => (b.hidden = false));
  const waits = root.dataset?.againMs ? [root] : root.querySelectorAll("[data-again-ms]");
  for (const element of waits) lookAgain(element);
  root.querySelectorAll("form[data-retry-ms]").forEach(askAgain);
}

/** Sends a form that only asks, again and again while somebody looks at it. */
function askAgain(form) {
  setTimeout(() => {
    if (!form.isConnected) return;
    if (!document.hidden) post(form);
    askAgain(form);
  }, Number(form.dataset.retryMs));
}

/**
 * Asks once more should no event come: an answer may be late, a page may not be. The same answer
 * leaves the element in its place, and it asks on.
 */
function lookAgain(element, ms = Number(element.dataset.againMs)) {
  setTimeout(() => {
    if (!element.isConnected) return;
    refresh(element.id);
    lookAgain(element, Math.max(ms, 2000));
  }, ms);
}

document.addEventListener("fragment", (event) => prepare(event.detail));
prepare(document.body);
const { events } = document.body.dataset;
watch(events ? follow(events, catchUp) : null);
keepAssets();
