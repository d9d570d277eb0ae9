// Where it hurts: a list of all regions (first in reading order), the chosen areas with side and spread, and a picture.
//
// List and picture change one thing, `areas`: [{region, side, spreads}], the worst first. The picture is for pointing only;
// all it does the list does too, so it is hidden from screen readers and out of the tab order. Names come with the question.
import { button, freshId, h, hint } from "./dom.js";
import { BACK, FRONT, HALF_WIDTH, HEIGHT, OUTLINE } from "./figure.js";
import { t } from "./words.js";

const GROUPS = {
  head: ["head", "jaw", "neck"],
  arm: ["shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand"],
  front: ["chest", "abdomen", "pelvis", "groin"],
  back: ["upper_back", "mid_back", "lower_back", "buttock"],
  leg: ["hip", "thigh", "knee", "lower_leg", "ankle", "foot"],
  all: ["widespread"],
};
const REGIONS = Object.values(GROUPS).flat();
const TRUNK = ["head", "jaw", "neck", "chest", "abdomen", "pelvis", "upper_back", "mid_back", "lower_back"];
const sidesOf = (region) =>
  region === "widespread" ? [] : TRUNK.includes(region) ? ["left", "right", "both", "middle"] : ["left", "right", "both"];

const SVG = "http://www.w3.org/2000/svg";
function svg(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** One view of the figure. In the front view the patient's right is on the viewer's left, as in a mirror's opposite. */
function figure(name, shapes, area, tap) {
  const clip = freshId("clip");
  const both = (make) => [make(false), make(true)];
  const path = (d, mirrored, props) => svg("path", { d, ...(mirrored && { transform: "scale(-1 1)" }), ...props });
  const regions = svg("g", { "clip-path": `url(#${clip})` });
  const draw = (region, d, side, mirrored) => {
    const shape = path(d, mirrored, { "data-region": region, "data-side": side });
    shape.append(svg("title", {}, `${area(region)} (${t(`body.${side}`)})`));
    shape.addEventListener("click", () => tap(region, side));
    regions.append(shape);
  };
  for (const [region, d, middle] of shapes) {
    const [right, left] = name === "front" ? ["left", "right"] : ["right", "left"];
    draw(region, d, middle ?? right, false);
    if (!middle) draw(region, d, left, true);
  }
  const ends = ["your_right", "your_left"];
  if (name === "back") ends.reverse();
  return h(
    "figure",
    {},
    h("figcaption", {}, t(`body.${name}`)),
    svg(
      "svg",
      { viewBox: `${-HALF_WIDTH} 0 ${2 * HALF_WIDTH} ${HEIGHT}`, class: "figure", focusable: "false" },
      svg("clipPath", { id: clip }, ...both((mirrored) => path(OUTLINE, mirrored))),
      regions,
      ...both((mirrored) => path(OUTLINE, mirrored, { class: "outline" })),
    ),
    h("p", { class: "ends" }, ends.map((end) => h("span", {}, t(`body.${end}`)))),
  );
}

/** The field for pain.site. `parts` are the builders of fields.js; `shown` is the answer before, in words. */
export function bodyField(message, submit, { group, form, exits }, shown) {
  const labels = new Map(message.choices.map((choice) => [choice.value, choice.label]));
  const area = (region) => labels.get(region) ?? region.replace("_", " ");
  const before = shown.toLowerCase();
  let areas = [];

  const boxes = new Map();
  const lists = Object.entries(GROUPS).map(([name, regions]) =>
    h(
      "fieldset",
      { class: "ticks regions" },
      h("legend", {}, t(`body.group.${name}`)),
      regions.map((region) => {
        const box = h("input", { type: "checkbox", value: region });
        box.addEventListener("change", () => (box.checked ? add(region) : remove(region)));
        boxes.set(region, box);
        return h("label", {}, box, h("span", {}, area(region)));
      }),
    ),
  );
  const chosen = h("ol", { class: "chosen" });
  const nothing = hint(t("body.chosen_none"));
  const find = (region) => areas.find((item) => item.region === region);

  function add(region, side = null) {
    areas.push({ region, side, spreads: "" });
    show();
  }
  function remove(region) {
    areas = areas.filter((item) => item.region !== region);
    show();
  }
  /** A tap on the picture: adds the side, takes it away when it was there; left and right together are both. */
  function tap(region, side) {
    const item = find(region);
    if (!item) return add(region, side);
    if (item.side === side) return remove(region);
    const pair = ["left", "right"];
    if (item.side === "both") item.side = side === "left" ? "right" : side === "right" ? "left" : side;
    else item.side = pair.includes(side) && pair.includes(item.side) ? "both" : side;
    show();
  }

  function row(item, index) {
    const name = area(item.region);
    const radios = freshId("side");
    const sides = sidesOf(item.region).map((side) => {
      const radio = h("input", { type: "radio", name: radios, value: side, checked: item.side === side });
      radio.addEventListener("change", () => {
        item.side = side;
        paint();
      });
      return h("label", {}, radio, h("span", {}, t(`body.${side}`)));
    });
    const spreads = h(
      "select",
      { id: freshId("spreads") },
      h("option", { value: "" }, t("body.spreads_nowhere")),
      REGIONS.filter((region) => region !== item.region && region !== "widespread").map((region) =>
        h("option", { value: region, selected: item.spreads === region }, area(region)),
      ),
    );
    spreads.addEventListener("change", () => (item.spreads = spreads.value));
    const makeMain = () => {
      areas = [item, ...areas.filter((other) => other !== item)];
      show();
      chosen.querySelector("button")?.focus();
    };
    const away = () => {
      remove(item.region);
      boxes.get(item.region).focus();
    };
    return h(
      "li",
      {},
      h("strong", {}, name, index === 0 && areas.length > 1 ? ` (${t("body.main")})` : ""),
      sides.length > 0 && h("fieldset", { class: "sides" }, h("legend", { class: "unseen" }, t("body.side", { area: name })), sides),
      h("label", { class: "spreads", for: spreads.id }, t("body.spreads", { area: name }), spreads),
      h(
        "div",
        { class: "row" },
        button(t("body.remove"), away, { "aria-label": t("body.remove_label", { area: name }) }),
        index > 0 &&
          button(t("body.make_main"), makeMain, { "aria-label": t("body.make_main_label", { area: name }) }),
      ),
    );
  }

  const pictures = h(
    "div",
    { class: "pictures", "aria-hidden": "true" },
    h("p", {}, t("body.picture")),
    figure("front", FRONT, area, tap),
    figure("back", BACK, area, tap),
  );

  /** Colour the picture by the chosen areas. */
  function paint() {
    for (const shape of pictures.querySelectorAll("[data-region]")) {
      const item = find(shape.dataset.region);
      const side = item?.side ?? "both";
      const on = item && (side === shape.dataset.side || (side === "both" && shape.dataset.side !== "middle") || !item.side);
      shape.classList.toggle("on", Boolean(on));
    }
  }
  function show() {
    for (const [region, box] of boxes) box.checked = Boolean(find(region));
    chosen.replaceChildren(...areas.map(row));
    nothing.hidden = areas.length > 0;
    paint();
  }

  const said = (item) => {
    const words = item.side ? t("body.said", { area: area(item.region), side: t(`body.${item.side}`).toLowerCase() }) : area(item.region);
    return item.spreads ? t("body.said_spreads", { area: words, to: area(item.spreads).toLowerCase() }) : words;
  };
  const read = () => {
    if (!areas.length) return t("body.missing");
    const detail = areas.map(({ region, side, spreads }) => ({ region, side, spreads_to: spreads ? [spreads] : [] }));
    return [{ value: { regions: areas.map((item) => item.region), detail } }, areas.map(said).join("; ")];
  };

  for (const region of REGIONS) if (before && before.includes(area(region).toLowerCase())) areas.push({ region, side: null, spreads: "" });
  show();
  const element = form(
    group(
      message,
      t("body.list"),
      h("div", { class: "where" }, h("div", { class: "lists" }, lists), pictures),
      h("h2", {}, t("body.chosen")),
      nothing,
      chosen,
    ),
    read,
    submit,
  );
  element.append(exits(message, submit) ?? "");
  return element;
}
