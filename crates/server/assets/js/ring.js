// The ring of a quote: counts down to the server's deadline, then offers a new quote.

const ROUND = 106.8;

export function prepare(root) {
  for (const ring of root.querySelectorAll(".ring[data-left-ms]")) run(ring);
}

function run(ring) {
  const whole = Number(ring.dataset.wholeMs);
  const end = performance.now() + Number(ring.dataset.leftMs);
  const go = ring.querySelector(".go");
  const text = ring.querySelector("text");
  const label = ring.getAttribute("aria-label");
  const tick = () => {
    if (!ring.isConnected) return;
    const left = Math.max(0, end - performance.now());
    const seconds = Math.ceil(left / 1000);
    text.textContent = seconds;
    ring.setAttribute("aria-label", label.replace(/\d+/, seconds));
    go.setAttribute("stroke-dasharray", `${((ROUND * left) / whole).toFixed(1)} ${ROUND}`);
    if (left > 0) setTimeout(tick, left % 1000 || 1000);
    else over(ring);
  };
  tick();
}

function over(ring) {
  const place = ring.closest("#phone") ?? document;
  for (const part of place.querySelectorAll("[data-while]")) {
    part.hidden = part.dataset.while === "live";
  }
  const told = place.querySelector('[data-while="over"] p');
  if (told) document.getElementById("say").textContent = told.textContent;
}
