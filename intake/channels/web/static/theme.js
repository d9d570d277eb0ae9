// Looks that a clinic's own page may set from outside the iframe, and small signs back to it. No word of a chat passes here.
import { known } from "./words.js";

const root = document.documentElement;
let host = null; // the origin of the page that frames us, once it has said so and is on the list

const channel = (hex, at) => {
  const value = parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
/** Relative luminance of "#rrggbb", WCAG 2.2. */
const luminance = (hex) => 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);

/** Text on the accent colour is black or white, whichever is easier to read: at least 4.5 to 1 with any accent. */
const textOn = (hex) => (luminance(hex) > 0.179 ? "#000000" : "#ffffff");

function apply({ accent, scheme, radius, font }) {
  if (/^#[0-9a-f]{6}$/i.test(accent)) {
    root.style.setProperty("--accent", accent);
    root.style.setProperty("--on-accent", textOn(accent));
  }
  if (["light", "dark"].includes(scheme)) root.dataset.scheme = scheme;
  if (scheme === "auto") delete root.dataset.scheme;
  if (/^\d{1,2}$/.test(radius)) root.style.setProperty("--radius", `${Math.min(radius, 24)}px`);
  if (/^[\w ,'"-]{1,100}$/.test(font)) root.style.setProperty("--font", font);
}

/** Listen to the page that frames us: only a listed origin, only our own parent. */
export function listen() {
  if (parent === window) return;
  root.dataset.embedded = "";
  addEventListener("message", (event) => {
    if (event.source !== parent || ![...known.origins, location.origin].includes(event.origin)) return;
    if (event.data?.type !== "ims-theme") return;
    host = event.origin;
    apply(event.data.theme ?? {});
  });
}

/** Tell the framing page that there is something new to see. */
export function signal(word) {
  if (host) parent.postMessage({ type: `ims-${word}` }, host);
}
