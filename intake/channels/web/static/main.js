// The page's start: which chat, and what the fixed buttons do.
import { ask } from "./ask.js";
import { begin, openMenu, openStop, redeem, resume, say } from "./chat.js";
import { button, byId, h, hint } from "./dom.js";
import { showAnswer } from "./screen.js";
import { currentChat, forgetChat, keptChat } from "./store.js";
import { listen } from "./theme.js";
import { t } from "./words.js";

const box = byId("say");
const left = byId("left");
const MOST = Number(box.getAttribute("maxlength"));

function sendTyped() {
  const words = box.value.trim();
  // Whoever ticked something and presses the big "Send" means what is ticked.
  if (!words) return document.querySelector("#answer [type=submit]")?.click();
  if (!say(words)) return;
  box.value = box.style.height = "";
  left.textContent = "";
  box.focus();
}
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendTyped();
});
box.addEventListener("keydown", (event) => {
  // Enter sends, Shift+Enter makes a line; not while an input method is composing a word.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendTyped();
});
const grow = () => {
  box.style.height = "";
  box.style.height = `${box.scrollHeight + 2}px`; // with its borders
};
box.addEventListener("input", () => {
  if (!CSS.supports("field-sizing", "content")) grow();
  const n = MOST - box.value.length;
  left.textContent = n < 200 ? t("composer.left", { n }) : "";
});
byId("person").addEventListener("click", () => say(t("say.person")));
byId("why").addEventListener("click", () => say(t("say.why")));
byId("stop").addEventListener("click", openStop);
byId("menu").addEventListener("click", openMenu);

/** A chat that was kept on this device: whose is it? Nothing of it is shown before the answer. */
function welcomeBack(kept) {
  const mine = button(t("device.mine"), () => resume(kept), { class: "primary" });
  const other = button(t("device.new"), () => (forgetChat(), begin()));
  showAnswer([
    h("h2", {}, t("device.title")),
    h("p", {}, t("device.found")),
    h("div", { class: "row" }, mine, other),
    hint(t("device.forget")),
  ]);
}

/** A link from another device: the last four digits of the phone first. */
function askDigits(link) {
  const digits = { inputmode: "numeric", maxlength: 4, size: 4 };
  showAnswer([
    h("h2", {}, t("link.title")),
    h("p", {}, t("link.hint")),
    ask(t("link.digits"), t("link.open"), digits, (value) => redeem(link, value)),
    button(t("device.new"), begin),
  ]);
}

// A double tap is one tap: its second half must not hit what has come up in the same place.
function oneTap(event) {
  if (event.detail < 2 || !event.target.closest("button")) return;
  event.preventDefault();
  event.stopPropagation();
}
addEventListener("click", oneTap, true);

// Where a phone's keyboard lies over the page (Safari), the page ends above it.
const seen = window.visualViewport;
seen?.addEventListener("resize", () => {
  if (seen.scale === 1) document.body.style.setProperty("--tall", `${seen.height}px`);
});

listen();
const link = new URLSearchParams(location.hash.slice(1)).get("link");
if (link) {
  history.replaceState(null, "", location.pathname + location.search);
  askDigits(link);
} else if (currentChat()) {
  resume(currentChat());
} else if (keptChat()) {
  welcomeBack(keptChat());
} else {
  begin();
}
