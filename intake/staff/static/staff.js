// Live updates (server-sent events), single keys, and quotes that show their message. Without it every page works all the same.
"use strict";
const live = document.body.dataset.live;
const byId = (id) => document.getElementById(id);
const plainTitle = document.title.replace(/^\(\d+ urgent\) /, "");

/** Put a freshly fetched part of this page in the place of the old one; the focus stays where it was. */
async function refresh(part, holder) {
  const reply = await fetch(location.pathname + location.search, { headers: { "X-Part": part } });
  if (!reply.ok || reply.redirected) return location.reload();
  const focused = holder.contains(document.activeElement) ? document.activeElement.id : null;
  const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
  holder.replaceChildren(...parsed.body.childNodes);
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function follow(address, heard) {
  const events = new EventSource(address);
  events.onmessage = ({ data }) => heard(JSON.parse(data));
  events.addEventListener("ended", () => location.reload());
  addEventListener("pagehide", () => events.close());
}

/** The title carries the mark of urgent intakes on every page; a new one is also said. */
function mark(found) {
  document.title = (found.urgent ? `(${found.urgent} urgent) ` : "") + plainTitle;
}

if (live === "inbox") {
  let before = null;
  follow("/staff/events", (found) => {
    mark(found);
    if (before && found.waiting > before.waiting) byId("news").textContent = `${found.waiting} urgent, nobody takes care yet`;
    if (before && found.mark !== before.mark && location.pathname === "/staff") refresh("list", byId("list"));
    before = found;
  });
} else if (live === "handoff") {
  const { handoff, version } = document.body.dataset;
  let before = null;
  follow(`/staff/events?handoff=${encodeURIComponent(handoff)}`, (found) => {
    mark(found);
    if (String(found.version) !== version) byId("changed").hidden = false;
    if (before && (found.message !== before.message || found.turn !== before.turn)) refresh("talk", byId("talk"));
    before = found;
  });
} else if (live === "join") {
  byId("link").value = location.hash.slice(1);
} else if (document.querySelector(".bar nav")) {
  follow("/staff/events", mark);
}

/** Put a text of ours into the clipboard; where the browser does not allow it the text opens as a page. */
async function copy(address) {
  try {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(String(reply.status));
    await navigator.clipboard.writeText(await reply.text());
    byId("copied").textContent = "Copied. Paste it into the chart.";
  } catch {
    location.assign(address);
  }
}

// A tap on a quote shows its message, also when it is the same one a second time.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) byId(opener.dataset.opens).showModal();
  const copier = event.target.closest?.("a[data-copies]");
  if (copier && navigator.clipboard) {
    event.preventDefault();
    copy(copier.href);
  }
  const quote = event.target.closest?.("a.quote");
  const shown = quote && byId(quote.hash.slice(1));
  if (!shown) return;
  document.querySelectorAll(".said .shown").forEach((one) => one.classList.remove("shown"));
  shown.classList.add("shown");
  shown.focus();
});

// Single keys, off on this device if somebody wants that (WCAG 2.1.4); never while something is being typed.
const dialog = byId("keys");
const KEPT = "staff-keys";
const wanted = () => localStorage.getItem(KEPT) !== "off";
const rows = () => [...document.querySelectorAll(".row > a")];

function step(by) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + by))];
  next?.focus();
}

function pressed(key) {
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  if (key === "i") return location.assign("/staff");
  if (key === "?") return dialog.showModal();
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.focus();
  return Boolean(target);
}

if (dialog) {
  const box = byId("keys-on");
  box.checked = wanted();
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !wanted() || event.key.length !== 1) return;
    if (pressed(event.key) !== false) event.preventDefault();
  });
}
