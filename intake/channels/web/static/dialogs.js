// The dialogs: menu, your answers, another device, stop and delete. One <dialog> element, filled anew each time.
import { ApiError } from "./api.js";
import { ask, reason } from "./ask.js";
import { button, byId, freshId, h, hint } from "./dom.js";
import { clock, day, known, t } from "./words.js";

const dialog = byId("dialog");

/** Show `content` under a heading. The browser keeps the focus inside and gives it back at the end; Esc closes. */
export function showDialog(title, ...content) {
  dialog.replaceChildren(
    h("h2", { id: "dialog-title", tabindex: -1, autofocus: true }, title),
    ...content.flat(Infinity).filter(Boolean),
  );
  if (!dialog.open) dialog.showModal();
  else byId("dialog-title").focus();
}
export const closeDialog = () => dialog.close();

/** "Keep this chat on this device", as a tick box with its explanation. */
export function rememberBox(checked, change) {
  const why = freshId("why");
  const box = h("input", { type: "checkbox", checked, "aria-describedby": why });
  box.addEventListener("change", () => change(box.checked));
  return h(
    "div",
    { class: "ticks remember" },
    h("label", {}, box, h("span", {}, t("device.remember"))),
    h("p", { class: "hint", id: why }, t("device.remember_hint")),
  );
}

export const privacyNotes = () =>
  h("ul", { class: "privacy" }, ["what", "who", "where", "insurer", "stop", "live", "ask"].map((note) => h("li", {}, t(`privacy.${note}`))));

/** The visitor's own answers as a text file, made in the browser. */
function saveCopy(answers, reference) {
  const lines = [t("answers.heading", { date: day(Date.now()) }), reference ? t("state.reference", { reference }) : "", ""];
  for (const { asked, text } of answers) lines.push(asked, `    ${text}`, "");
  const address = URL.createObjectURL(new Blob([lines.join("\r\n")], { type: "text/plain;charset=utf-8" }));
  h("a", { href: address, download: t("answers.file") }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export const saveButton = (answers, reference) =>
  button(t("action.save"), () => saveCopy(answers(), reference()));

/** `chat`: {answers(), reference(), remembered(), remember(yes), link(body), open: is there a chat} */
export function showMenu(chat) {
  const said = chat.answers();
  const list = said.map(({ asked, text }) => [asked && h("dt", {}, asked), h("dd", {}, text)]);
  const others = known.languages.filter(([code]) => code !== known.language);
  showDialog(
    t("action.menu"),
    h("h3", {}, t("answers.title")),
    said.length ? h("dl", {}, list) : hint(t("answers.none")),
    said.length > 0 && saveButton(chat.answers, chat.reference),
    chat.open && h("h3", {}, t("link.make_title")),
    chat.open && elsewhere(chat.link),
    chat.open && rememberBox(chat.remembered(), chat.remember),
    h("h3", {}, t("privacy.title")),
    privacyNotes(),
    others.length > 0 &&
      h("p", {}, others.map(([code, name]) => h("a", { href: `?lang=${code}`, lang: code, hreflang: code }, name, " "))),
    button(t("action.close"), closeDialog, { class: "primary close" }),
  );
}

/** Ways to go on elsewhere: a link for another device and, where the clinic can text, this chat by SMS. `link(body)` asks the server. */
function elsewhere(link) {
  const place = h("div", { role: "status" });
  const make = async () => {
    try {
      const { url, expires_at: until } = await link({ channel: "web" });
      const field = h("input", { type: "text", readonly: true, value: url, "aria-label": t("link.make_title") });
      const copy = async () => {
        field.select();
        try {
          await navigator.clipboard.writeText(url);
        } catch {
          document.execCommand("copy"); // a frame, or a page without TLS, may not use the clipboard
        }
        copied.textContent = t("action.copied");
      };
      const copied = h("span");
      place.replaceChildren(h("p", {}, t("link.made", { time: clock(until) })), field, button(t("action.copy"), copy), copied);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      place.replaceChildren(h("p", { class: "error" }, reason(failure)));
    }
  };
  const number = ask(t("sms.number"), t("sms.send"), { inputmode: "tel", autocomplete: "tel" }, async (phone) => {
    await link({ channel: "sms", phone });
    const code = ask(t("sms.code"), t("sms.confirm"), { autocomplete: "one-time-code" }, async (value) => {
      await link({ channel: "sms", code: value });
      texts.replaceChildren(t("sms.done"));
    });
    texts.replaceChildren(code);
    code.querySelector("input").focus();
  });
  const texts = h("div", { role: "status" }, number);
  return [hint(t("link.make_hint")), button(t("link.make"), make), place, known.sms && [h("h3", {}, t("sms.title")), texts]];
}

/** Ask once more, then delete. `erase()` resolves when it is done; `save` is the button for a copy. */
export function askStop(erase, save) {
  const error = h("p", { class: "error", role: "alert" });
  const erasing = async () => {
    yes.disabled = true;
    error.textContent = "";
    try {
      await erase();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      error.textContent = t("stop.failed");
      yes.disabled = false;
    }
  };
  const yes = button(t("stop.yes"), erasing, { class: "danger" });
  showDialog(
    t("stop.title"),
    h("p", {}, t("stop.text")),
    save,
    error,
    h("div", { class: "row" }, yes, button(t("stop.no"), closeDialog)),
  );
}

/** What was erased, what is kept and why, from the receipt of the contract. */
export function receiptOf({ id, at, erased, kept, sent_elsewhere: sent }) {
  const list = (title, items) => items.length > 0 && [h("h3", {}, title), h("ul", {}, items.map((item) => h("li", {}, item)))];
  const name = (kind) => kind.replace(/_/g, " ");
  return [
    h("h2", { tabindex: -1 }, t("stop.done")),
    h("p", {}, t("stop.receipt", { id, at: `${day(at)}, ${clock(at)}` })),
    list(t("stop.erased"), Object.entries(erased || {}).map(([kind, n]) => `${name(kind)}: ${n}`)),
    list(
      t("stop.kept"),
      (kept || []).map(({ kind, reason, until }) =>
        until ? t("stop.kept_until", { kind: name(kind), reason, until: day(until) }) : t("stop.kept_reason", { kind: name(kind), reason }),
      ),
    ),
    list(t("stop.sent"), (sent || []).map(({ to, at: when }) => `${to}, ${day(when)}`)),
    h("p", {}, t("stop.clean")),
  ].flat().filter(Boolean);
}
