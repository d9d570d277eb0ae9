// One chat: what is open, what the visitor does, and what the screen shows of it.
import { call } from "./api.js";
import { button, byId, freshId, h } from "./dom.js";
import { askStop, closeDialog, privacyNotes, receiptOf, rememberBox, saveButton, showMenu } from "./dialogs.js";
import { fieldFor } from "./fields.js";
import { Follower } from "./follow.js";
import { Outbox } from "./outbox.js";
import { announcing, expectAnswer, focusAnswer, giveBack, phoneLink, quiet, reveal, showAnswer, showChat, showEnd, showNotice, showState, showTrouble, showTyping, toEnd } from "./screen.js";
import { forgetChat, isRemembered, keepChat, queued, rememberChat } from "./store.js";
import { signal } from "./theme.js";
import { Transcript } from "./transcript.js";
import { t } from "./words.js";

const ENDED = ["handed_off", "expired"];
const transcript = new Transcript(byId("log"), openEditor);
let chat = null; // {id, token}
let conversation = null; // the contract's Conversation, as of the last answer
let outbox, follower;
let fieldOf = null; // the question message whose field is shown

// ---- coming and going ----------------------------------------------------------------------------------------

/** A chat of its own for this visitor. Tries again by itself while the server is starting or away. */
export async function begin() {
  const reply = await persist(() => call("POST", "/conversations", { body: { channel: "web" } }));
  enter({ id: reply.conversation.id, token: reply.token }, reply);
}

/** Go on with a chat that this browser knows. */
export async function resume(known) {
  let reply;
  try {
    reply = await persist(() => call("GET", `/conversations/${known.id}`, { token: known.token }));
  } catch (error) {
    keepChat(known);
    forgetChat();
    return showEnd([h("p", {}, error.sentence(0))], begin);
  }
  enter(known, reply);
}

/** Redeem a link of another device. Rejects with ApiError when link or digits are wrong. */
export async function redeem(link, digits) {
  const reply = await call("POST", "/resume", { body: { token: link, phone_last4: digits } });
  enter({ id: reply.conversation.id, token: reply.token }, reply);
}

async function persist(request) {
  for (let attempt = 0; ; attempt++) {
    try {
      const reply = await request();
      quiet();
      return reply;
    } catch (error) {
      if (!error.passing) throw error;
      const seconds = error.retryAfter || Math.min(2 ** attempt, 15);
      await showTrouble(error, seconds);
    }
  }
}

function enter(known, reply) {
  chat = known;
  keepChat(chat);
  outbox = new Outbox(chat, { sending, delivered, waiting, refused });
  follower = new Follower(chat, { update: (news) => take(news, true), failed: lost, busy: () => outbox.busy });
  follower.ears.gone = () => leave([h("h2", { tabindex: -1 }, t("state.withdrawn"))]);
  showChat();
  take(reply, false);
  follower.after = reply.messages.at(-1)?.id ?? null;
  for (const entry of queued()) transcript.addLocal(entry);
  outbox.flush();
  follower.run();
}

function leave(content) {
  outbox?.stop();
  follower?.stop();
  forgetChat();
  transcript.clear();
  chat = conversation = fieldOf = null;
  showEnd(content, begin);
}

function lost(error) {
  const withdrawn = error.status === 410;
  leave([h("h2", { tabindex: -1 }, withdrawn ? t("state.withdrawn") : error.sentence(0)), withdrawn && h("p", {}, error.sentence(0))]);
}

// ---- what the server says ------------------------------------------------------------------------------------

/** Take in messages and state. `live` is false for the history at the start, which is shown but not announced. */
function take(reply, live) {
  conversation = reply.conversation ?? conversation;
  if (conversation.state === "withdrawn" && live) follower.tell("gone");
  const escalated = conversation.state === "escalated";
  const fresh = announcing(live, () => transcript.merge(reply.messages ?? [], live || escalated));
  showState(conversation);
  showField();
  if (live && fresh.length) signal("news");
  reveal(fresh, live);
}

/** The question that is open now: a message with its choices, or null. */
function openQuestion() {
  if (!conversation) return null;
  if (conversation.question) return transcript.asked(conversation.question) ?? null;
  const last = transcript.messages.findLast((message) => message.from === "bot");
  return last?.choices.length && last.kind !== "summary" ? last : null;
}

function showField() {
  const question = openQuestion();
  if (queued().length) return hideField();
  if (question && fieldOf === question.id) return;
  fieldOf = question?.id ?? null;
  expectAnswer(question?.question);
  if (!question) return showAnswer(ENDED.includes(conversation?.state) ? closing() : []);
  const field = fieldFor(question, (body, shown) => {
    if (fieldOf !== question.id) return; // sent already
    send(body, shown, question.question);
    focusAnswer();
  });
  const consent = question.question === "consent";
  if (consent) field.querySelector("button")?.classList.add("primary");
  showAnswer([
    field,
    consent && h("details", {}, h("summary", {}, t("privacy.more")), privacyNotes()),
    consent && rememberBox(isRemembered(), rememberChat),
  ]);
}

function hideField() {
  fieldOf = null;
  showAnswer([]);
}

const closing = () => [
  h("h2", {}, t(`state.${conversation.state}`)),
  conversation.reference && h("p", {}, t("state.reference", { reference: conversation.reference })),
  h("div", { class: "row" }, saveOwn(), button(t("action.again"), again)),
];

function again() {
  leave([]);
  begin();
}

// ---- what the visitor says -----------------------------------------------------------------------------------

function send(body, shown, question) {
  const about = question ?? conversation?.question;
  const entry = outbox.put(question ? { ...body, question } : body, shown, about);
  transcript.addLocal(entry);
  hideField();
  toEnd();
}

/** Send typed words. Nothing is sent twice: the same words while they are still under way are taken as one tap. */
export function say(text) {
  if (!chat) showNotice(t("notice.in_hurry"), " ", phoneLink());
  if (!chat || queued().some((entry) => entry.shown === text)) return false;
  send({ text }, text, null);
  return true;
}

const sending = (entry) => {
  transcript.mark(entry.id, "", "sending");
  showTyping(true);
};

function delivered(entry, reply) {
  showTyping(false);
  quiet();
  transcript.mark(entry.id, "", "sent");
  take(reply, true);
  follower.tell("news");
}

function waiting(entry, error, seconds) {
  showTyping(false);
  transcript.mark(entry.id, t("log.waiting"), "waiting");
  showTrouble(error, seconds, () => outbox.wake());
}

function refused(entry, error) {
  showTyping(false);
  // The answer to an ended chat may still carry emergency words; they are shown before anything else.
  if (error.problem.messages) take(error.problem, true);
  transcript.mark(entry.id, t("log.refused"), "refused");
  showNotice(error.sentence(0));
  if (entry.body.text) giveBack(entry.body.text);
  if ([401, 404, 410].includes(error.status) && !error.problem.messages) return lost(error);
  showField();
}

/** Change an earlier answer where it stands: its own field again, or words. */
function openEditor({ question, label, shown, at, opener }) {
  document.querySelector(".editor")?.remove();
  // A question that the opening words had answered was never shown: some fields need no more than its id.
  const asked = transcript.asked(question) ?? { question, text: label, choices: [], multiple: false };
  const done = (body, words) => {
    editor.remove();
    at.classList.add("changed");
    at.append(h("span", { class: "state" }, t("log.changed")));
    opener.remove();
    send(body, words, question);
    focusAnswer();
  };
  const words = h("textarea", { id: freshId("words"), rows: 2, maxlength: 2000 }, shown);
  const own = h(
    "form",
    { class: "field" },
    h("label", { for: words.id }, t("answer.own_words")),
    words,
    h("button", { type: "submit" }, t("answer.send")),
  );
  own.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text) done({ text }, text);
  });
  const cancel = () => {
    editor.remove();
    opener.focus();
  };
  const title = h("h2", { tabindex: -1 }, t("answer.change_title"));
  const editor = h(
    "div",
    { class: "editor", role: "group", "aria-label": t("summary.change_label", { label }), "aria-live": "off" },
    title,
    h("p", {}, label),
    fieldFor(asked, done, shown),
    own,
    button(t("action.cancel"), cancel),
  );
  editor.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  at.after(editor);
  title.focus();
}

// ---- always in reach -----------------------------------------------------------------------------------------

const saveOwn = () => saveButton(() => transcript.answers(), () => conversation?.reference);

export function openMenu() {
  showMenu({
    open: Boolean(chat),
    answers: () => transcript.answers(),
    reference: () => conversation?.reference,
    remembered: isRemembered,
    remember: rememberChat,
    link: (body) => call("POST", `/conversations/${chat.id}/links`, { token: chat.token, body }),
  });
}

export function openStop() {
  askStop(async () => {
    if (!chat) return (forgetChat(), closeDialog());
    follower.hold(); // else the poll may hear of the end before we have the receipt
    let reply;
    try {
      reply = await call("DELETE", `/conversations/${chat.id}`, { token: chat.token });
    } catch (error) {
      follower.run();
      throw error;
    }
    follower.tell("gone");
    closeDialog(); // gives the focus back before it goes to the receipt
    leave(receiptOf(reply.receipt));
  }, saveOwn());
}
