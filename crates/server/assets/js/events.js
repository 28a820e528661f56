// The page's event stream. A bead is lit by the event of its record and by nothing else.

import { happened, lost, refresh } from "./swap.js";

const counts = new Intl.NumberFormat("en");

export function follow(url) {
  let wait = 500;
  const open = () => {
    const source = new EventSource(url);
    let broken = false;
    source.onopen = () => {
      wait = 500;
      lost(false);
      if (broken) everything();
      broken = false;
    };
    source.onmessage = (message) => take(JSON.parse(message.data));
    source.onerror = () => {
      broken = true;
      lost(true);
      // The browser reconnects by itself unless the server refused; then we ask again, slower.
      if (source.readyState !== EventSource.CLOSED) return;
      wait = Math.min(wait * 2, 8000);
      setTimeout(() => { open(); everything(); }, wait);
    };
  };
  open();
}

/** After a gap nobody knows what was missed: fetch all fragments anew. */
function everything() {
  for (const element of document.querySelectorAll("[data-src][data-on]")) refresh(element.id);
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
  figures.replaceChildren(...[time(ms), place(cell, position)].map((text) => {
    const span = document.createElement("span");
    span.textContent = text;
    return span;
  }));
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
