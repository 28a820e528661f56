// The page's event stream. A bead is lit by the event of its record and by nothing else.

import { happened, lost, refreshAll } from "./swap.js";

const counts = new Intl.NumberFormat("en");

// A browser has six connections to a server, for all its tabs together. A page that was left, or
// that nobody has looked at for so long, gives its own back; who looks at it again wakes it.
const UNSEEN_MS = 60_000;

/**
 * Follows the stream at `url`; `missed` is called when it is open again after a gap. Gives back
 * what opens it anew: a stream that slept may be dead and not know it.
 */
export function follow(url, missed) {
  let source;
  let wait = 500;
  let later = 0;
  let gap = false;
  const open = () => {
    source = new EventSource(url);
    source.onopen = () => {
      wait = 500;
      lost(false);
      if (gap) missed();
      gap = false;
    };
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      // What happened after the page was made and before it listened.
      if (event.step === "behind") missed();
      else take(event);
    };
    source.onerror = ({ target }) => {
      gap = true;
      lost(true);
      // The browser reconnects by itself unless the server refused; then we ask again, slower.
      if (target.readyState !== EventSource.CLOSED) return;
      wait = Math.min(wait * 2, 8000);
      later = setTimeout(() => { open(); refreshAll(); }, wait);
    };
  };
  const rest = () => {
    clearTimeout(later);
    source.close();
  };
  const anew = () => {
    rest();
    gap = true;
    open();
  };
  open();
  let unseen = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(rest, UNSEEN_MS);
  });
  // The page that was left may be kept, to be shown again by *back*.
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", ({ persisted }) => persisted && anew());
  return anew;
}

function take(event) {
  light(event);
  if (event.step === "captured" && event.prefecture) ring(event.prefecture);
  const waiting = document.querySelectorAll("[data-src][data-on]");
  for (const element of waiting) happened(element.id, event.step);
}

function light({ step, ms, cell, position, payment }) {
  const bridge = document.getElementById("bridge");
  const bead = bridge?.querySelector(`[data-step="${CSS.escape(step)}"]`);
  const other = payment && bridge?.dataset.payment && bridge.dataset.payment !== payment;
  if (!bead || other || bead.classList.contains("lit")) return;
  bead.classList.remove("now");
  bead.classList.add("lit");
  const figures = bead.querySelector(".ms");
  figures.textContent = "";
  for (const text of [time(ms), place(cell, position)]) {
    const span = document.createElement("span");
    span.textContent = text;
    figures.append(span);
  }
  const after = "back" in bridge.dataset ? bead.previousElementSibling : bead.nextElementSibling;
  if (after && !after.classList.contains("lit")) after.classList.add("now");
}

function time(ms) {
  return ms === undefined ? "" : `${ms < 9.95 ? ms.toFixed(1) : counts.format(Math.round(ms))} ms`;
}

function place(cell, position) {
  return cell === undefined ? "" : `${cell} ${counts.format(position)}`;
}

/** A ring that goes out from a prefecture once. */
function ring(prefecture) {
  const shape = document.querySelector(`.map [data-prefecture="${Number(prefecture)}"]`);
  if (!shape) return;
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  circle.setAttribute("class", "once");
  circle.setAttribute("cx", shape.dataset.x);
  circle.setAttribute("cy", shape.dataset.y);
  circle.setAttribute("r", "18");
  circle.addEventListener("animationend", () => circle.remove());
  shape.parentNode.append(circle);
}
