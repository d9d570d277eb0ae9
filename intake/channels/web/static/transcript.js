// The conversation as shown: messages of both sides in the server's order, each once, with a way to change an answer.
import { button, dialable, freshId, h, hint, linked, numbersIn } from "./dom.js";
import { known, t } from "./words.js";

// Answers that are not a matter of "change it here": consent has its own way out, confirmations belong to their moment.
const FIXED = /^(consent$|confirm\.)/;

/** The words of a bot or staff message, tagged with the dialogue's language when the page speaks another. */
function body(text) {
  const lang = known.dialogueLanguage === known.language ? null : known.dialogueLanguage;
  return h("div", { class: "text", lang }, linked(text));
}

/** An emergency: an alert with a heading to focus and numbers to tap. `live` is false for one of an earlier visit. */
function emergency(message, live) {
  const title = freshId("emergency");
  const calls = numbersIn(message.text).flatMap((number) => [
    h("a", { class: "button", href: `tel:${dialable(number)}` }, t("emergency.call", { number })),
    number === "9-8-8" && h("a", { class: "button", href: "sms:988" }, t("emergency.text", { number })),
  ]);
  return h(
    "section",
    { class: "msg emergency", role: live ? "alert" : "group", "aria-labelledby": title },
    h("h2", { id: title, tabindex: -1 }, t(live ? "emergency.title" : "emergency.earlier")),
    body(message.text),
    h("div", { class: "row" }, calls),
  );
}

/** The read-back: "label: value" lines as a list, each with a button to change it. */
function summary(message, change) {
  const title = freshId("summary");
  const items = message.choices.map(({ value: question, label: text }) => {
    const label = text.split(":", /^safety/.test(question) ? 2 : 1).join(":"); // "Checks: right now: None of these"
    const open = ({ target }) =>
      change({ question, label, shown: text.slice(label.length + 1).trim(), at: target.closest("li"), opener: target });
    return h(
      "li",
      {},
      h("span", {}, h("small", {}, text.slice(0, label.length + 1)), text.slice(label.length + 1)),
      button(t("action.change"), open, { class: "change", "aria-label": t("summary.change_label", { label }) }),
    );
  });
  const lang = known.dialogueLanguage === known.language ? null : known.dialogueLanguage;
  return h(
    "section",
    { class: "msg summary", "aria-labelledby": title },
    h("h2", { id: title }, t("summary.title")),
    hint(t("summary.hint")),
    h("ul", { lang }, items),
  );
}

export class Transcript {
  /** `change({question, label, shown, at, opener})` opens an editor at an element. */
  constructor(log, change) {
    Object.assign(this, { log, change, items: [] });
  }

  /** All messages of the server, oldest first. */
  get messages() {
    return this.items.map((item) => item.message).filter((message) => message.id);
  }

  /** The question message that stands for `question`, the latest one; undefined if it was never shown here. */
  asked(question) {
    return this.messages.findLast((message) => message.kind === "question" && message.question === question);
  }

  /** Show an answer at once, before the server has it. */
  addLocal(entry) {
    if (this.items.some((item) => item.entry === entry.id)) return;
    const message = { from: "patient", kind: "answer", text: entry.shown, question: entry.question ?? null, choices: [] };
    const item = { message, entry: entry.id, element: this.draw(message, true) };
    item.element.classList.add("sending");
    this.items.push(item);
    this.log.append(item.element);
  }

  /** Say how a local answer fares: "" (sent), or words under it. */
  mark(entryId, state, className) {
    const item = this.items.find((one) => one.entry === entryId);
    if (!item) return;
    item.sent ||= className === "sent";
    item.element.classList.remove("sending", "waiting", "refused");
    item.element.classList.add(className);
    item.element.querySelector(".state").textContent = state;
  }

  /**
   * Take in messages of the server, in its order. `live` is false for the history, which is not announced.
   * Returns the elements that are new and not the patient's own.
   */
  merge(batch, live) {
    const fresh = [];
    let before = -1;
    for (const message of batch) {
      let at = this.items.findIndex((item) => item.message.id === message.id);
      if (at < 0 && message.from === "patient") at = this.adopt(message);
      if (at < 0) {
        const element = this.draw(message, live);
        const unsent = this.items.findIndex((item) => item.entry && !item.sent);
        at = before >= 0 ? before + 1 : unsent >= 0 ? unsent : this.items.length;
        this.log.insertBefore(element, this.items[at]?.element ?? null);
        this.items.splice(at, 0, { message, element });
        if (message.from !== "patient") fresh.push(element);
      }
      before = at;
    }
    this.offerChanges();
    return fresh;
  }

  /** Our own answer comes back from the server: the bubble that is there already becomes that message. */
  adopt(message) {
    const mine = (item) => item.sent && !item.message.id;
    let at = this.items.findIndex((item) => mine(item) && item.message.text === message.text);
    if (at < 0) at = this.items.findIndex((item) => mine(item) && item.message.question === message.question);
    if (at >= 0) {
      this.items[at].message = { ...message, question: message.question ?? this.items[at].message.question };
      this.items[at].element.querySelector(".text").textContent = message.text;
    }
    return at;
  }

  draw(message, live) {
    if (message.kind === "emergency") return emergency(message, live);
    if (message.kind === "summary") return summary(message, this.change);
    const who = message.from === "patient" ? "me" : message.from === "staff" ? "staff" : "bot";
    return h(
      "div",
      { class: `msg ${who}`, "data-question": message.question, "data-kind": message.kind },
      h("span", { class: who === "staff" ? "who" : "unseen" }, t(`log.${who}`), " "),
      who === "me" ? h("div", { class: "text" }, message.text) : body(message.text),
      who === "me" && h("span", { class: "state" }),
    );
  }

  /** A "change" button at each answer that was taken: the dialogue went on to another question after it. */
  offerChanges() {
    this.items.forEach((item, index) => {
      const { from, question } = item.message;
      if (from !== "patient" || !question || FIXED.test(question) || item.element.querySelector("button")) return;
      const next = this.items.slice(index + 1).find((later) => later.message.kind === "question")?.message;
      const asked = this.asked(question);
      if (!next || next.question === question || !asked) return;
      const open = ({ target }) =>
        this.change({ question, label: asked.text, shown: item.message.text, at: item.element, opener: target });
      const label = t("log.change_label", { question: asked.text });
      item.element.append(button(t("action.change"), open, { class: "change", "aria-label": label }));
    });
  }

  /** The visitor's answers as they stand, [{asked, text}]: the last one to each question, and words of their own. */
  answers() {
    const taken = new Map();
    for (const { message } of this.items) {
      if (message.from !== "patient") continue;
      const key = message.question ?? message.id ?? message.text;
      taken.delete(key);
      const asked = this.asked(message.question)?.text.split("\n").at(-1); // the question itself, without what leads to it
      taken.set(key, { asked: asked ?? "", text: message.text });
    }
    return [...taken.values()];
  }

  clear() {
    this.items = [];
    this.log.replaceChildren();
  }
}
