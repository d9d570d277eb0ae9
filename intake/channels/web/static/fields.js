// Fields for questions: buttons, ticks, 0–10, a length of time, times of the week. Typing is always possible too.
//
// Each field is a form element; when the visitor is done it calls submit(body, shown): `body` is {choices} or {value} of the
// contract, `shown` the same in words. `shown` given to fieldFor is the answer before, so that a change starts from it.
import { bodyField } from "./body.js";
import { button, freshId, h } from "./dom.js";
import { known, t } from "./words.js";

const EXITS = ["unknown", "declined", "skipped"];
const NUMBERS = Array.from({ length: 11 }, (_, n) => String(n));
const isNumber = (choice) => NUMBERS.includes(choice.value);

/** A group of fields under the question's text; the text stands in the conversation, so the legend is for screen readers. */
function group(message, how, ...content) {
  const legend = h("legend", {}, h("span", { class: "unseen" }, message.text), how && h("span", { class: "hint" }, how));
  return h("fieldset", {}, legend, ...content);
}

/** A form with an error line tied to its group. `read` gives [body, shown], or a string: what is missing. */
function form(fieldset, read, submit) {
  const error = h("p", { class: "error", id: freshId("error"), role: "alert" });
  const send = h("button", { type: "submit", class: "primary" }, t("answer.send"));
  fieldset.firstChild.after(error); // beside the first box, where the focus goes
  const element = h("form", { class: "field", novalidate: true }, fieldset, send);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const result = read();
    const wrong = typeof result === "string";
    error.textContent = wrong ? result : "";
    fieldset.setAttribute("aria-describedby", wrong ? error.id : "");
    if (wrong) fieldset.querySelector("input, select, button")?.focus();
    else submit(...result);
  });
  return element;
}

function buttons(choices, submit) {
  return h(
    "div",
    { class: "choices" },
    choices.map((choice) =>
      button(choice.label, () => submit({ choices: [choice.value] }, choice.label), {
        class: EXITS.includes(choice.value) ? "choice quiet" : "choice",
        "data-value": choice.value,
      }),
    ),
  );
}

/** The ways out of a question ("not sure", "skip") under a field of another kind. */
const exits = (message, submit) => {
  const rest = message.choices.filter((choice) => EXITS.includes(choice.value));
  return rest.length ? buttons(rest, submit) : null;
};

function pickOne(message, submit) {
  return h("div", { class: "field" }, group(message, "", buttons(message.choices, submit)));
}

function pickMany(message, submit, shown) {
  const before = shown.split("; ");
  const choices = message.choices.filter((choice) => !EXITS.includes(choice.value));
  const noneOf = choices.find((choice) => choice.value === "none") ?? { value: "none", label: t("answer.none") };
  const boxes = [...choices.filter((choice) => choice !== noneOf), noneOf].map((choice) => {
    const box = h("input", { type: "checkbox", value: choice.value, checked: before.includes(choice.label) });
    box.addEventListener("change", () => box.checked && clearOthers(box));
    return { box, choice };
  });
  // "None of these" stands alone: ticking it clears the rest, and the other way round.
  const clearOthers = (ticked) => {
    for (const { box } of boxes) {
      if (box !== ticked && (ticked.value === "none" || box.value === "none")) box.checked = false;
    }
  };
  const list = h("div", { class: "ticks" }, boxes.map(({ box, choice }) => h("label", {}, box, h("span", {}, choice.label))));
  const read = () => {
    const ticked = boxes.filter(({ box }) => box.checked).map(({ choice }) => choice);
    if (!ticked.length) return t("answer.nothing_ticked", { none: noneOf.label });
    return [{ choices: ticked.map((choice) => choice.value) }, ticked.map((choice) => choice.label).join("; ")];
  };
  const element = form(group(message, t("answer.pick_many"), list), read, submit);
  element.append(exits(message, submit) ?? "");
  return element;
}

/** Number buttons first, then a slider that a keyboard moves too. */
function numbers(pick, low, high) {
  const output = h("output", {});
  const slider = h("input", { type: "range", min: 0, max: 10, value: 5, "aria-label": t("scale.slider") });
  const send = button(t("scale.send"), () => pick(Number(slider.value)));
  const follow = () => {
    slider.setAttribute("aria-valuetext", t("scale.of_ten", { n: slider.value }));
    output.textContent = t("scale.of_ten", { n: slider.value });
  };
  slider.addEventListener("input", follow);
  follow();
  return [
    h(
      "div",
      { class: "numbers" },
      NUMBERS.map((n) => button(n, () => pick(Number(n)), { "data-value": n })),
    ),
    h("p", { class: "ends" }, h("span", {}, low), h("span", {}, high)),
    h("div", { class: "slider" }, h("span", { class: "hint", "aria-hidden": "true" }, t("scale.slider")), slider, output, send),
  ];
}

function scale(message, submit) {
  const label = (n) => message.choices.find((choice) => choice.value === String(n))?.label ?? String(n);
  const [low, high] = message.question === "function.activity" ? ["scale.activity_low", "scale.activity_high"] : ["scale.low", "scale.high"];
  const pick = (n) => submit({ choices: [String(n)] }, label(n));
  return h("div", { class: "field" }, group(message, t("scale.numbers"), numbers(pick, t(low), t(high))), exits(message, submit));
}

const UNITS = { day: "D", week: "W", month: "M", year: "Y" };
/** "3 weeks" in the visitor's language, as parts: the number, a space, the unit. */
const inUnits = (n, unit) => new Intl.NumberFormat(known.language, { style: "unit", unit, unitDisplay: "long" }).formatToParts(n);

function duration(message, submit) {
  const count = h("input", { type: "text", inputmode: "numeric", autocomplete: "off", id: freshId("count"), size: 4, maxlength: 3 });
  const unit = h(
    "select",
    { id: freshId("unit") },
    Object.keys(UNITS).map((name) => h("option", { value: name, selected: name === "week" }, inUnits(2, name).at(-1).value)),
  );
  const read = () => {
    const n = Number(count.value.trim());
    if (!Number.isInteger(n) || n < 1) return t("duration.missing");
    const words = inUnits(n, unit.value).map((part) => part.value).join("");
    return [{ value: { iso: `P${n}${UNITS[unit.value]}`, words } }, words];
  };
  const row = h(
    "div",
    { class: "row" },
    h("label", { for: count.id }, t("duration.number"), count),
    h("label", { for: unit.id }, t("duration.unit"), unit),
  );
  const element = form(group(message, "", row), read, submit);
  const others = message.choices.filter((choice) => !isNumber(choice));
  if (others.length) element.append(buttons(others, submit));
  return element;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
// The first of January 2024 was a Monday.
const dayName = (index) => new Date(2024, 0, index + 1).toLocaleDateString(known.language, { weekday: "long" });
const PARTS = ["am", "pm", "eve"];

function times(message, submit) {
  const any = h("input", { type: "checkbox", value: "any" });
  const boxes = [any];
  const cell = (day, index, part) => {
    const label = `${dayName(index)} ${t(`times.${part}`).toLowerCase()}`;
    const box = h("input", { type: "checkbox", value: `${day}_${part}`, "aria-label": label });
    boxes.push(box);
    return h("td", {}, h("label", {}, box));
  };
  const head = [t("times.day"), ...PARTS.map((part) => t(`times.${part}`))];
  const table = h(
    "table",
    { "aria-label": t("times.title") },
    h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      DAYS.map((day, index) => h("tr", {}, h("th", { scope: "row" }, dayName(index)), PARTS.map((part) => cell(day, index, part)))),
    ),
  );
  // "Any time" stands alone, like "none of these" in a list.
  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (box.checked) for (const other of boxes) if (other !== box && (box === any || other === any)) other.checked = false;
    });
  }
  const read = () => {
    const ticked = boxes.filter((box) => box.checked);
    if (!ticked.length) return t("times.missing");
    const words = ticked.map((box) => box.getAttribute("aria-label") ?? t("times.any")).join("; ");
    return [{ value: { parts: ticked.map((box) => box.value), words } }, words];
  };
  const list = h("div", { class: "ticks" }, h("label", {}, any, h("span", {}, t("times.any"))));
  const element = form(group(message, t("answer.pick_many"), list, table), read, submit);
  element.append(exits(message, submit) ?? "");
  return element;
}

/** The field for a question message, or null when it is answered in words only. */
export function fieldFor(message, submit, shown = "") {
  const { question, choices, multiple } = message;
  if (question === "pain.site") return bodyField(message, submit, { group, form, exits }, shown);
  if (question === "booking.times") return times(message, submit);
  if (question === "pain.duration") return duration(message, submit);
  if (choices.some(isNumber) || /severity/.test(question)) return scale(message, submit);
  if (multiple) return pickMany(message, submit, shown);
  return choices.length ? pickOne(message, submit) : null;
}
