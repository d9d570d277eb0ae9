// The page's own texts and what it knows of the clinic, from the data block that the server put into the page.

export const known = JSON.parse(document.getElementById("known").textContent);

/** The text of a key with its {placeholders} filled. The server puts numbers in the keys' place; keys put together stay. */
export function t(key, values = {}) {
  const facts = { clinic: known.clinic, number: known.phoneText, ...values };
  return (known.texts[key] ?? known.more[key]).replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

/** A time of day or a date as the visitor's language writes it. */
export const clock = (iso) => new Date(iso).toLocaleTimeString(known.language, { hour: "numeric", minute: "2-digit" });
export const day = (iso) => new Date(iso).toLocaleDateString(known.language, { dateStyle: "long" });
