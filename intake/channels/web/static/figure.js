// The body picture: one outline of half a body, and the regions as plain shapes that the outline cuts to form.
//
// Everything is drawn for one half and mirrored; 0 is the middle line, x grows outwards, one unit is about 4 mm. Each entry
// is [region code, path], and what stands later lies on top; a trunk region also has a strip on the middle line, [region, path, "middle"], drawn once.

export const OUTLINE =
  "M0 2c15 0 22 11 22 25c0 14-5 25-11 31l0 8c2 7 11 10 21 13c14 3 22 11 24 25c2 14 4 28 6 42c4 12 7 24 8 38" +
  "c2 14 4 26 6 40c4 8 6 20 5 32c-2 11-6 19-11 19c-5 0-7-11-7-21c-2-10-2-18-1-26c-4-16-8-32-11-48c-3-14-5-28-7-42" +
  "c-1-10-2-20-3-29c0 15-3 31-5 44c-1 12 1 24 4 37c4 16 5 36 4 56c-1 22-4 40-6 58c0 14 1 26 0 42c-2 20-7 38-9 54" +
  "c1 12 8 24 10 30c0 8-9 9-17 8c-8-1-10-8-9-18c1-8 1-16 0-24c-4-18-7-36-7-54c0-12 2-24 2-36c-2-22-4-44-5-64l-3-16"; // left open at the middle line, so that no line is drawn down the body

const band = (region, top, bottom, from = 0, to = 41) => [region, `M${from} ${top}H${to}V${bottom}H${from}Z`];
const trunk = (region, top, bottom, to) => [band(region, top, bottom, 8, to), [...band(region, top, bottom, -8, 8), "middle"]];
const NECK = [["neck", "M4 59H12L18 77L4 80Z"], [...band("neck", 59, 80, -4, 4), "middle"]];
const SHOULDER = ["shoulder", "M24 75L32 70H62V111L41 115Q41 92 24 75Z"];
/** A cut across the arm, which hangs a little outwards. */
const cut = (region, top, bottom, from, to) => {
  const [a, b] = [11 - from / 5, 11 - to / 5];
  return [region, `M${from} ${top + a}L${to} ${top + b}V${bottom + b}L${from} ${bottom + a}Z`];
};
const ARM = [
  cut("upper_arm", 112, 154, 41, 62),
  cut("elbow", 154, 178, 45, 70),
  cut("forearm", 178, 222, 50, 77),
  cut("wrist", 222, 237, 56, 82),
  cut("hand", 237, 285, 60, 84),
];
const LOWER_LEG = [
  band("knee", 300, 334, 0, 50),
  band("lower_leg", 334, 393, 0, 50),
  band("ankle", 393, 411, 0, 50),
  band("foot", 411, 440, 0, 50),
];

export const FRONT = [
  ...ARM, // first: the hip lies over what the arm's cuts leave inside
  band("head", 0, 42, 0, 26),
  band("jaw", 42, 59, 0, 26),
  ["chest", "M8 80L24 75Q41 92 41 112V134H8Z"],
  ["chest", "M-8 80H8V134H-8Z", "middle"],
  ...NECK,
  SHOULDER,
  ...trunk("abdomen", 134, 182),
  ...trunk("pelvis", 182, 208, 22),
  ["groin", "M0 208H20L30 222L0 246Z"],
  ["hip", "M22 182H50V228L32 224L20 208Z"],
  ["thigh", "M0 246L31 223L50 228V300H0Z"],
  ...LOWER_LEG,
];

export const BACK = [
  ...ARM,
  band("head", 0, 59, 0, 26),
  ["upper_back", "M8 80L24 75Q41 92 41 112H8Z"],
  ["upper_back", "M-8 80H8V112H-8Z", "middle"],
  ...NECK,
  SHOULDER,
  ...trunk("mid_back", 112, 148),
  ...trunk("lower_back", 148, 186),
  band("buttock", 186, 234, 0, 50),
  band("thigh", 234, 300, 0, 50),
  ...LOWER_LEG,
];

export const HALF_WIDTH = 84;
export const HEIGHT = 440;
