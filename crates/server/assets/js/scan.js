// Reading a code from a picture: the one the page shows, a photo, or the camera's.
// Where the browser has a BarcodeDetector it reads; else the picture goes to the server as PNG.

import { post, tryPicture } from "./swap.js";

const LARGEST = 2000;
// What the camera sees goes to the server once a second, for a minute.
const FRAME_MS = 1000;
const MOST_FRAMES = 60;
const FRAME_LARGEST = 1000;

// A wallet shows the same number as both.
const READ = ["qr_code", "code_128"];

async function detector() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await window.BarcodeDetector.getSupportedFormats();
  const formats = READ.filter((format) => known.includes(format));
  return formats.includes("qr_code") ? new window.BarcodeDetector({ formats }) : null;
}

function canvasOf(picture, width, height, largest = LARGEST) {
  const scale = Math.min(1, largest / Math.max(width, height));
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
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
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
      if (!file) return;
      // An old browser, or a picture it can't read: the server looks at the file itself.
      const picture = window.createImageBitmap && (await createImageBitmap(file).catch(() => null));
      const body = picture ? await bodyOf(canvasOf(picture, picture.width, picture.height)) : null;
      if (picture) picture.close();
      target.value = "";
      post(form, body ?? new Blob([file], { type: "image/jpeg" }));
    });
  }
  for (const finder of root.querySelectorAll("[data-camera]")) watch(finder);
  for (const button of root.querySelectorAll("[data-camera-open]")) {
    const scope = button.parentElement;
    const finder = scope.querySelector("[data-finder]");
    const end = scope.querySelector("[data-camera-stop]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.hidden = true;
      await watch(finder);
      if (!finder.stop) return (button.hidden = false);
      end.hidden = false;
      end.onclick = () => {
        finder.stop();
        finder.hidden = end.hidden = true;
        button.hidden = false;
        button.focus();
      };
    });
  }
}

/** Why there is no live camera, beside the photo that always works. */
function why(finder, reason) {
  const place = document.getElementById("camera-why");
  if (!place) return;
  finder.hidden = true;
  place.textContent = place.dataset[reason];
  place.hidden = false;
}

async function watch(finder) {
  if (!window.isSecureContext) return why(finder, "insecure");
  if (!navigator.mediaDevices?.getUserMedia) return why(finder, "none");
  const reader = await detector().catch(() => null);
  const wish = { video: { facingMode: "environment" } };
  const began = navigator.mediaDevices.getUserMedia(wish);
  const stream = await began.catch(({ name }) => why(finder, name === "NotAllowedError" ? "denied" : "none"));
  if (!stream) return;
  let over = false;
  const stop = () => {
    over = true;
    stream.getTracks().forEach((track) => track.stop());
  };
  if (!finder.isConnected) return stop();
  const video = finder.querySelector("video");
  video.srcObject = stream;
  finder.hidden = false;
  torch(finder, stream);
  await video.play().catch(() => {});
  const form = document.querySelector("form[data-photo]");
  let frames = 0;
  const look = async () => {
    // A hidden page sees nothing; when it is shown again the camera is asked for anew.
    if (over || !finder.isConnected) return stop();
    if (document.hidden) {
      stop();
      finder.hidden = true;
      const again = () => finder.isConnected && finder.stop === stop && watch(finder);
      return document.addEventListener("visibilitychange", again, { once: true });
    }
    if (reader) {
      const [found] = await reader.detect(video).catch(() => []);
      if (!found) return setTimeout(look, 200);
      stop();
      return post(form, new URLSearchParams({ code: found.rawValue }));
    }
    if (++frames > MOST_FRAMES) {
      stop();
      return why(finder, "tired");
    }
    if (video.videoWidth) {
      const canvas = canvasOf(video, video.videoWidth, video.videoHeight, FRAME_LARGEST);
      const frame = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      if (await tryPicture(form, frame).catch(() => false)) return stop();
    }
    return setTimeout(look, FRAME_MS);
  };
  finder.stop = stop;
  look();
}

/** A lamp, where the camera has one. */
function torch(finder, stream) {
  const button = document.getElementById("torch");
  const [track] = stream.getVideoTracks();
  if (!button || !track.getCapabilities?.().torch) return;
  button.hidden = false;
  button.onclick = () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    track.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
  };
}
