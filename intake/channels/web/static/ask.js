// A form with one field, its error tied to it, for what the page itself asks: digits, a phone number, a code.
import { ApiError } from "./api.js";
import { freshId, h } from "./dom.js";
import { t } from "./words.js";

/** What went wrong, in the server's own sentence where it has one. */
export const reason = (error) => (error.passing ? error.sentence(error.retryAfter) : error.problem.detail ?? error.sentence(0));

/** `send(value)` may reject with ApiError: its reason is shown and the field keeps the focus. */
export function ask(label, action, attributes, send) {
  const error = h("p", { class: "error", id: freshId("error"), role: "alert" });
  const input = h("input", { type: "text", id: freshId("ask"), autocomplete: "off", "aria-describedby": error.id, ...attributes });
  const form = h(
    "form",
    { class: "field", novalidate: true },
    h("label", { for: input.id }, label, input),
    error,
    h("button", { type: "submit", class: "primary" }, action),
  );
  const wrong = (words) => {
    error.textContent = words;
    input.setAttribute("aria-invalid", Boolean(words));
    if (words) input.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = input.value.trim();
    wrong(value ? "" : t("ask.missing"));
    if (!value) return;
    try {
      await send(value);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      wrong(reason(failure));
    }
  });
  return form;
}
