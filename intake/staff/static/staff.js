// The open inbox asks now and then what is urgent: the title carries the mark, a line says that something has changed.
"use strict";
const news = document.querySelector(".news");
const EVERY = 5000;
let mark = null;
const plain = document.title.replace(/^\(\d+ urgent\) /, "");

async function look() {
  try {
    const reply = await fetch("/staff/urgent", { headers: { Accept: "application/json" } });
    if (reply.status === 401) return location.reload();
    const found = await reply.json();
    document.title = (found.urgent ? `(${found.urgent} urgent) ` : "") + plain;
    if (mark !== null && found.mark !== mark) news.hidden = false;
    mark = found.mark;
  } catch {
    // The network is away: the next look will tell.
  }
  setTimeout(look, EVERY);
}
if (news) look();
