// Reading a code from a picture: the one the page shows, a photo, or the camera's.
// Where the browser has a BarcodeDetector it reads; else the picture goes to the server as PNG.

import { post } from "./swap.js";

const LARGEST = 1600;

async function detector() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await window.BarcodeDetector.getSupportedFormats();
  return formats.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function canvasOf(picture, width, height) {
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** What to send for a canvas: the text it shows where it can be read here, else the picture. */
async function bodyOf(canvas) {
  const [found] = (await (await detector())?.detect(canvas).catch(() => [])) ?? [];
  if (found) return new URLSearchParams({ code: found.rawValue });
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

async function drawn(svg) {
  const side = svg.viewBox.baseVal.width * 8;
  const copy = svg.cloneNode(true);
  copy.setAttribute("width", side);
  copy.setAttribute("height", side);
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  const url = URL.createObjectURL(file);
  try {
    const image = new Image(side, side);
    image.src = url;
    await image.decode();
    return canvasOf(image, side, side);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Reads the code that `form.dataset.scan` points at, from its picture. */
export async function scanShown(form) {
  const svg = document.querySelector(form.dataset.scan);
  const body = svg && (await drawn(svg).then(bodyOf).catch(() => null));
  return post(form, body ?? undefined);
}

export function prepare(root) {
  for (const form of root.querySelectorAll("form[data-photo]")) {
    form.hidden = false;
    form.querySelector("input").addEventListener("change", async ({ target }) => {
      const [file] = target.files;
      const picture = file && (await createImageBitmap(file).catch(() => null));
      const body = picture ? await bodyOf(canvasOf(picture, picture.width, picture.height)) : null;
      post(form, body ?? new URLSearchParams({ code: "" }));
    });
  }
  for (const finder of root.querySelectorAll("[data-camera]")) watch(finder);
}

async function watch(finder) {
  const reader = await detector().catch(() => null);
  if (!reader || !navigator.mediaDevices?.getUserMedia) return;
  const wish = { video: { facingMode: "environment" } };
  const stream = await navigator.mediaDevices.getUserMedia(wish).catch(() => null);
  if (!stream) return;
  const video = finder.querySelector("video");
  video.srcObject = stream;
  finder.hidden = false;
  await video.play().catch(() => {});
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  const look = async () => {
    if (!finder.isConnected) return stop();
    const [found] = await reader.detect(video).catch(() => []);
    if (!found) return setTimeout(look, 200);
    stop();
    const form = document.querySelector("form[data-photo]");
    post(form, new URLSearchParams({ code: found.rawValue }));
  };
  look();
}
