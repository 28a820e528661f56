// Without a network, after sleep, and after an update of the server: what a till that stands on
// a counter all day goes through. Nothing is kept here that moves money.

import { refreshAll } from "./swap.js";

// What a person has begun is not taken away by a reload for so long after the last touch.
const QUIET_MS = 5000;
// Who looked away for less has missed nothing worth a request.
const GLANCE_MS = 1000;
// A tablet that sleeps with the page in front tells nobody; its clock jumps.
const TICK_MS = 5000;
const JUMP_MS = 20000;

let reopen = null;
let offline = false;
let stale = false;
let due = 0;
let owed = false;
let slept = 0;
let touched = 0;

/** The network or the server is away, or back: said, and what needs them can't be pressed. */
export function away(is) {
  if (is === offline) return;
  offline = is;
  const banner = document.getElementById("offline");
  banner.hidden = !is;
  document.getElementById("say").textContent = is ? "" : banner.dataset.back;
  hold(document);
  // With a stream it is the stream, open again, that knows of a gap.
  if (!is && !reopen) catchUp();
}

/** Buttons that send something are dead while nothing can be sent; what is typed stays. */
function hold(root) {
  for (const button of root.querySelectorAll("form button, form.photo input")) {
    if (offline && !button.disabled) {
      button.disabled = true;
      button.dataset.held = "";
    } else if (!offline && "held" in button.dataset) {
      button.disabled = false;
      delete button.dataset.held;
    }
  }
}

/** Fetches every part once; not at the very moment at which every other till does. */
export function catchUp() {
  if (due) return;
  due = setTimeout(() => {
    due = 0;
    owed = document.hidden;
    if (!owed) refreshAll();
  }, Math.random() * 400);
}

/** Listens again and then catches up: what is fetched before one listens may be old at once. */
function wake() {
  owed = false;
  if (reopen) reopen();
  else catchUp();
}

function tick(before) {
  const now = Date.now();
  if (now - before > JUMP_MS && !document.hidden) wake();
  setTimeout(tick, TICK_MS, now);
}

/** An answer came from another build of the server than this page. */
function newer(build) {
  const own = document.body.dataset.build;
  if (!stale && build && own && build !== own) {
    stale = true;
    setInterval(() => isIdle() && location.reload(), 2000);
  }
}

function isIdle() {
  const busy = document.querySelector("[aria-busy], [data-src][data-on='']");
  const typed = [...document.querySelectorAll("input:not([type=hidden])")];
  const begun = typed.some((input) => input.value !== input.defaultValue);
  return !offline && !busy && !begun && performance.now() - touched > QUIET_MS;
}

/** `stream` opens the page's event stream anew, where it has one. */
export function watch(stream) {
  reopen = stream;
  window.addEventListener("offline", () => away(true));
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) slept = Date.now();
    else if (owed || Date.now() - slept > GLANCE_MS) wake();
  });
  for (const kind of ["pointerdown", "keydown", "input"]) {
    document.addEventListener(kind, () => (touched = performance.now()), { passive: true });
  }
  document.addEventListener("fragment", ({ detail }) => hold(detail));
  document.addEventListener("reached", () => away(false));
  document.addEventListener("unreached", () => away(true));
  document.addEventListener("build", ({ detail }) => newer(detail));
  if (navigator.onLine === false) away(true);
  tick(Date.now());
}
