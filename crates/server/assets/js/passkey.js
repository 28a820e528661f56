// Passkeys: signing in, adding one, signing what is shown. Without this file, or where a browser has
// none, a code signs in.

const able = () => window.isSecureContext && "PublicKeyCredential" in window;

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

async function send(url, body, headers) {
  const response = await fetch(url, { method: "POST", body, headers, credentials: "same-origin" });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(told.message ?? String(response.status));
  return told;
}

const known = (rows) => (rows ?? []).map((row) => ({ ...row, id: bytes(row.id) }));

function answer(credential, names) {
  const response = {};
  for (const name of names) {
    const part = credential.response[name];
    if (part) response[name] = text(part);
  }
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
  });
}

async function get(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: known(options.allowCredentials),
  };
  const credential = await navigator.credentials.get({ publicKey });
  return answer(credential, ["authenticatorData", "clientDataJSON", "signature", "userHandle"]);
}

async function create(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  };
  const credential = await navigator.credentials.create({ publicKey });
  return answer(credential, ["attestationObject", "clientDataJSON"]);
}

const beside = (url, more) => url.replace(/\?|$/, (end) => more + end);

/** Does it once at a time, and says why where it was not done. */
async function attempt(element, work) {
  if (element.dataset.busy) return;
  element.dataset.busy = "1";
  const say = element.querySelector("[data-passkey-say]");
  say.hidden = true;
  try {
    location.assign((await work()).to);
  } catch (error) {
    // What the browser says is not for people: it was cancelled, or took too long.
    const own = error instanceof DOMException;
    say.textContent = own ? element.dataset.cancelled : error.message;
    say.hidden = false;
  } finally {
    delete element.dataset.busy;
  }
}

function enter(element) {
  const url = element.dataset.passkeyEnter;
  return attempt(element, async () => send(url, await get(await send(beside(url, "/options")))));
}

function add(form) {
  const url = form.dataset.passkeyAdd;
  return attempt(form, async () => {
    let asked = await send(beside(url, "/options"));
    // Who has a passkey says with it that they want another.
    if (asked.sign) asked = await send(beside(url, "/options"), await get(asked.sign));
    const made = await create(asked);
    const body = JSON.stringify({ label: form.elements.label.value, answer: made });
    return send(url, body, { "Content-Type": "application/json" });
  });
}

/** Lets the holder of a passkey sign what a form does, where the server asks for it. */
export async function sign(form) {
  const proof = form.elements.proof;
  proof.value = "";
  if (!able()) return;
  const body = new URLSearchParams(new FormData(form));
  // Whatever goes wrong here, the form is sent without a proof and its answer says what is missing.
  const options = await send(form.dataset.sign, body).catch(() => null);
  if (options?.challenge) proof.value = await get(options).catch(() => "");
}

if (able()) {
  for (const element of document.querySelectorAll("[data-passkey-enter], [data-passkey-add]")) {
    element.hidden = false;
  }
  for (const element of document.querySelectorAll("[data-passkey-without]")) element.hidden = true;
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-passkey-enter]");
    if (element && event.target.closest("button")) enter(element);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-passkey-add]");
    if (!form) return;
    event.preventDefault();
    add(form);
  });
}
