// Fragments: fetched, posted, and put in the place of the element with the same id.

// The one policy of the content security policy: markup of our own origin, and no other.
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("enishi", { createHTML: (html) => html, createScriptURL })
  : { createHTML: (html) => html, createScriptURL };

function createScriptURL(url) {
  if (url !== "/sw.js") throw new TypeError("the one script that is named by a text is /sw.js");
  return url;
}

/** The service worker, where the browser takes one: not over plain HTTP from elsewhere. */
export function keepAssets() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker.register(policy.createScriptURL("/sw.js")).catch(() => {});
}

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

const states = new Map();

function stateOf(id) {
  const fresh = { posting: 0, swaps: 0, fetching: false, again: false, missed: new Set(), last: "" };
  if (!states.has(id)) states.set(id, fresh);
  return states.get(id);
}

async function ask(url, options) {
  const headers = { "X-Fragment": "1", ...options?.headers };
  const response = await fetch(url, { ...options, headers, credentials: "same-origin" });
  if (new URL(response.url).origin !== location.origin) throw new Error("foreign answer");
  tell("build", response.headers.get("x-enishi-build"));
  return { response, html: await response.text() };
}

function parse(html, id) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content.querySelector(`#${CSS.escape(id)}`);
}

function place(html, id) {
  const state = stateOf(id);
  const old = document.getElementById(id);
  if (!old) return true;
  if (state.last === html) {
    old.removeAttribute("aria-busy");
    // What was typed has been sent: were it to stay, nothing that comes later could take its place.
    if (state.posting) for (const form of old.querySelectorAll("form")) form.reset();
    return true;
  }
  const fresh = parse(html, id);
  if (!fresh) return false;
  state.last = html;
  const held = old.contains(document.activeElement);
  const open = [...old.querySelectorAll("details")].map((d) => d.open);
  fresh.querySelectorAll("details").forEach((d, i) => (d.open = Boolean(open[i])));
  old.replaceWith(fresh);
  const first = "[data-focus], form:not([hidden]) button, a.btn";
  if (held) (fresh.querySelector(first) ?? fresh).focus();
  const said = fresh.dataset.say;
  if (said && said !== old.dataset.say) document.getElementById("say").textContent = said;
  document.dispatchEvent(new CustomEvent("fragment", { detail: fresh }));
  return true;
}

/** The server answers, or does not. */
export function lost(is) {
  tell(is ? "unreached" : "reached");
}

/**
 * After a gap nobody knows what was missed: every part anew, each once, but what a person is about
 * to confirm.
 */
export function refreshAll() {
  for (const { id } of document.querySelectorAll("[data-src][data-on]:not([data-on=''])")) refresh(id);
}

/** Whether a person has begun to type there. */
function begun(element) {
  const typed = [...(element?.querySelectorAll("input:not([type=hidden])") ?? [])];
  return typed.some((input) => input.value !== input.defaultValue);
}

/**
 * Fetches an element's own address anew; while one is under way, once more after it. What a person
 * has begun to type is not taken away, also not by an answer that was asked for before.
 */
export async function refresh(id) {
  const element = document.getElementById(id);
  const state = stateOf(id);
  if (!element?.dataset.src || begun(element)) return;
  if (state.fetching || state.posting) {
    state.again = true;
    return;
  }
  state.fetching = true;
  const { swaps } = state;
  try {
    const { response, html } = await ask(element.dataset.src);
    // What was asked for before a person's press is older than the answer to the press.
    const old = swaps !== state.swaps || begun(document.getElementById(id));
    if (!old && response.ok) place(html, id);
    lost(false);
  } catch {
    lost(true);
  } finally {
    state.fetching = false;
    next(id, state);
  }
}

/**
 * A step happened: fetches an element that waits for it. While the element's next shape is under
 * way the step is kept: the new shape may wait for it and not know it yet.
 */
export function happened(id, step) {
  const state = stateOf(id);
  if (state.fetching || state.posting) state.missed.add(step);
  else if (awaited(id).includes(step)) refresh(id);
}

function awaited(id) {
  return document.getElementById(id)?.dataset.on?.split(" ") ?? [];
}

function next(id, state) {
  if (state.posting || state.fetching) return;
  const due = state.again || awaited(id).some((step) => state.missed.has(step));
  state.again = false;
  state.missed.clear();
  if (due) refresh(id);
}

/** Sends a request whose answer is the fragment named by `target` (`#phone`). */
export async function swap(target, url, options) {
  const id = target.slice(1);
  const state = stateOf(id);
  state.posting += 1;
  state.swaps += 1;
  document.getElementById(id)?.setAttribute("aria-busy", "true");
  try {
    const { response, html } = await ask(url, options);
    lost(false);
    if (!place(html, id)) location.assign(response.redirected ? response.url : location.href);
  } catch {
    lost(true);
  } finally {
    state.posting -= 1;
    document.getElementById(id)?.removeAttribute("aria-busy");
    next(id, state);
  }
}

/** Sends a picture; whether its answer was worth showing: a code was read from it. */
export async function tryPicture(form, picture) {
  const { html } = await ask(form.action, { method: "POST", body: picture });
  const why = parse(html, form.dataset.swap.slice(1))?.querySelector(".error code")?.textContent;
  return !(why?.startsWith("qr_") || why?.startsWith("too_")) && place(html, form.dataset.swap.slice(1));
}

/** Posts a form, or `body` in its place, and swaps what it names. */
export function post(form, body) {
  const fields = new URLSearchParams(new FormData(form));
  return swap(form.dataset.swap, form.action, { method: "POST", body: body ?? fields });
}
