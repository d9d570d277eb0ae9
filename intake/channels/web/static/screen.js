// The fixed parts of the page: progress, typing sign, notices, the place for the answer, scrolling and focus.
import { button, byId, h } from "./dom.js";
import { known, t } from "./words.js";

const [log, typingSign, noticeLine, answerPlace, progress] = ["log", "typing", "notice", "answer", "progress"].map(byId);
const footer = document.querySelector("footer");
const messageBox = byId("say");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Build `content` in the answer's place. */
export function showAnswer(content) {
  answerPlace.replaceChildren(...content.filter(Boolean));
}
/** After a tap the focus rests here, just before the next question's field; nothing is read over the new messages. */
export const focusAnswer = () => answerPlace.focus({ preventScroll: true });

/** Change the log; only what is `live` is announced. */
export function announcing(live, change) {
  if (live) return change();
  log.setAttribute("aria-live", "off");
  const result = change();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  return result;
}

const glide = (element, block) => element.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
export const toEnd = () => glide(answerPlace, "end");

/** Bring new messages into view, from their first line; an emergency takes the focus. */
export function reveal(fresh, live) {
  const alert = log.querySelectorAll('[role="alert"]:not(.seen) h2');
  if (alert.length) {
    alert.forEach((heading) => heading.parentElement.classList.add("seen"));
    const heading = alert[alert.length - 1];
    heading.focus({ preventScroll: true });
    return heading.parentElement.scrollIntoView({ block: "start" });
  }
  // A new chat is read from its top, where it says what to do in an emergency; one that goes on, from its end.
  if (!live) return log.querySelector(".me") && answerPlace.scrollIntoView({ block: "end" });
  if (!fresh.length) return; // the poll brought nothing new: whoever reads further up stays there
  const height = answerPlace.getBoundingClientRect().bottom - fresh[0].getBoundingClientRect().top;
  if (height > document.querySelector("main").clientHeight) glide(fresh[0], "start");
  else toEnd();
}

/** Progress and state of the contract's Conversation. */
export function showState({ state: name, progress: steps }) {
  const before = document.body.dataset.state;
  document.body.dataset.state = name;
  progress.hidden = !steps?.answered || name !== "active";
  if (!progress.hidden) {
    const bar = progress.querySelector("progress");
    bar.max = steps.answered + steps.remaining;
    bar.value = steps.answered;
    progress.querySelector("span").textContent = t(steps.remaining ? "progress.text" : "progress.done", steps);
  }
  if (name === "taken_over") showNotice(t("state.taken_over"));
  else if (before === "taken_over") showNotice("");
}

export const phoneLink = () => h("a", { href: `tel:${known.phone}` }, known.phoneText);

let slow;
/** The typing sign. It ends with every outcome; a long wait is said in words. */
export function showTyping(on) {
  clearTimeout(slow);
  typingSign.hidden = !on;
  if (on) slow = setTimeout(() => showNotice(t("log.slow")), 5_000);
}

/** One sentence under the conversation; it is announced politely. */
export function showNotice(words, ...more) {
  delete noticeLine.dataset.trouble;
  noticeLine.replaceChildren(words, ...more);
}
export function quiet() {
  if (document.body.dataset.state !== "taken_over") showNotice("");
}

/** Trouble with the connection, in words, once for each kind. Resolves after `seconds`, or when the visitor says "now". */
export function showTrouble(error, seconds, now = () => {}) {
  return new Promise((resolve) => {
    const again = () => {
      resolve();
      now();
    };
    setTimeout(resolve, seconds * 1000);
    addEventListener("online", resolve, { once: true });
    const kind = error.sentence(seconds);
    if (noticeLine.dataset.trouble === kind) return;
    showNotice(
      kind,
      " ",
      button(t("action.retry"), again),
      " ",
      t("notice.in_hurry"),
      " ",
      phoneLink(),
    );
    noticeLine.dataset.trouble = kind;
    glide(noticeLine, "nearest");
  });
}

// What the message box is for just now, so that browsers can fill it in and show the right keyboard.
const PURPOSE = { "contact.name": ["name", "text"], "contact.phone": ["tel", "tel"], "contact.email": ["email", "email"] };

/** Prepare the message box for the open question. */
export function expectAnswer(question) {
  const [autocomplete, inputmode] = PURPOSE[question] ?? ["off", "text"];
  messageBox.setAttribute("autocomplete", autocomplete);
  messageBox.setAttribute("inputmode", inputmode);
}

/** Put refused words back, unless the visitor has typed on. */
export function giveBack(words) {
  if (!messageBox.value) messageBox.value = words;
}

export function showChat() {
  footer.hidden = false;
  showAnswer([]);
}

/** The end of a chat on this device: `content`, and a way to start anew. */
export function showEnd(content, begin) {
  showTyping(false);
  quiet();
  document.body.dataset.state = "none";
  footer.hidden = true;
  progress.hidden = true;
  const again = button(t("action.again"), () => (showAnswer([]), begin()), { class: "primary" });
  showAnswer(content.length ? [...content, again] : []);
  (answerPlace.querySelector("h2") ?? answerPlace).focus();
}
