// Making elements without markup strings: text is always text, so nothing a person writes can become code.

/** h("button", {type: "button", onclick: f, class: "x"}, "Send"): an element; null and false children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A button that does something on this page; `more` are further attributes. */
export const button = (label, onclick, more) => h("button", { type: "button", onclick, ...more }, label);
/** A small explaining line. */
export const hint = (text) => h("p", { class: "hint" }, text);

export const byId = (id) => document.getElementById(id);

let counter = 0;
/** An id that no other element of the page has. */
export const freshId = (stem) => `${stem}-${++counter}`;

// What becomes a link in the clinic's own messages: short service numbers, phone numbers, web addresses.
const LINKS = /(\b[789]-[18]-[18]\b|\b(?:\+?1[-. ])?\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b|https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/g;

/** "9-1-1" → "911", "250 555 0142" → "+12505550142". */
export function dialable(number) {
  const digits = number.replace(/\D/g, "");
  if (digits.length <= 3) return digits;
  return digits.length === 10 ? `+1${digits}` : `+${digits}`;
}

/** The text as nodes, with phone numbers and web addresses as links. For words of the clinic only, never the patient's. */
export function linked(text) {
  return text.split(LINKS).map((part, index) => {
    if (index % 2 === 0) return part;
    if (part.startsWith("http")) return h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part);
    return h("a", { href: `tel:${dialable(part)}` }, part);
  });
}

/** The phone numbers a text names, in its order, each once. */
export const numbersIn = (text) => [...new Set((text.match(LINKS) || []).filter((part) => !part.startsWith("http")))];
