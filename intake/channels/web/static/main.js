// The page's start: which chat, and what the fixed buttons do.
import { begin, openMenu, openStop, redeem, resume, say } from "./chat.js";
import { button, byId, freshId, h, hint } from "./dom.js";
import { showAnswer } from "./screen.js";
import { currentChat, forgetChat, keptChat } from "./store.js";
import { listen } from "./theme.js";
import { t } from "./words.js";

const box = byId("say");
const left = byId("left");
const MOST = Number(box.getAttribute("maxlength"));

function sendTyped() {
  const words = box.value.trim();
  if (!words || !say(words)) return;
  box.value = "";
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
box.addEventListener("input", () => {
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
  const error = h("p", { class: "error", id: freshId("error"), role: "alert" });
  const digits = h("input", { id: freshId("digits"), type: "text", inputmode: "numeric", autocomplete: "off", maxlength: 4, size: 4 });
  digits.setAttribute("aria-describedby", error.id);
  const form = h(
    "form",
    { class: "field", novalidate: true },
    h("h2", {}, t("link.title")),
    h("p", {}, t("link.hint")),
    h("label", { for: digits.id }, t("link.digits"), digits),
    error,
    h("button", { type: "submit", class: "primary" }, t("link.open")),
    button(t("device.new"), begin),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = !/^\d{4}$/.test(digits.value);
    error.textContent = wrong ? t("link.digits_missing") : "";
    digits.setAttribute("aria-invalid", wrong);
    if (wrong) return digits.focus();
    try {
      await redeem(link, digits.value);
    } catch (failure) {
      if (!("status" in failure)) throw failure;
      error.textContent = failure.passing ? failure.sentence(failure.retryAfter) : t("link.dead");
      digits.focus();
    }
  });
  showAnswer([form]);
  digits.focus();
}

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
