// The body picture: the shapes of the regions, drawn for one half and mirrored. 0 is the middle line, x grows outwards.
//
// Each entry is [region code, path]; a trunk region also has a strip on the middle line, [region, path, "middle"], drawn once.

const ARM = [
  ["upper_arm", "M37 103Q47 96 57 104L61 149L43 150Z"],
  ["elbow", "M43 152L61 151L64 171L47 173Z"],
  ["forearm", "M47 175L64 173L68 216L54 218Z"],
  ["wrist", "M54 220L68 218L70 231L56 233Z"],
  ["hand", "M56 235L70 233Q77 250 72 268Q62 276 57 266Q54 250 56 235Z"],
];
const LOWER_LEG = [
  ["lower_leg", "M9 328L33 328Q35 352 28 391L14 391Q8 352 9 328Z"],
  ["ankle", "M14 393L28 393L29 408L13 408Z"],
  ["foot", "M13 410L29 410Q40 428 34 434L12 434Q9 424 13 410Z"],
];
const strip = (region, top, bottom, x) => [region, `M${-x} ${top}L${x} ${top}L${x} ${bottom}L${-x} ${bottom}Z`, "middle"];
const trunk = (region, top, bottom, outer, inner = 9) => [
  [region, `M${inner} ${top}L${outer[0]} ${top}L${outer[1]} ${bottom}L${inner} ${bottom}Z`],
  strip(region, top, bottom, inner - 1),
];

export const FRONT = [
  ["head", "M0 2Q22 2 23 28L20 40L0 40Z"],
  ["jaw", "M0 42L20 42Q16 58 0 60Z"],
  ["neck", "M5 60Q10 58 12 56L13 72L5 72Z"],
  strip("neck", 61, 72, 4),
  ["shoulder", "M15 74Q50 76 57 101Q46 93 37 100L34 86Z"],
  ...trunk("chest", 75, 128, [13, 35]).slice(1),
  ["chest", "M9 75L13 75L32 87L36 104L35 128L9 128Z"],
  ...trunk("abdomen", 130, 178, [35, 32]),
  ["pelvis", "M9 180L20 180L16 203L9 203Z"],
  strip("pelvis", 180, 203, 8),
  ["hip", "M22 180L33 180Q40 200 39 221L25 214L18 205Z"],
  ["groin", "M2 205L16 205L23 215Q12 222 4 224Z"],
  ["thigh", "M4 226Q16 222 24 217L39 224Q40 262 34 299L8 299Q4 262 4 226Z"],
  ["knee", "M8 301L34 301L33 326L9 326Z"],
  ...ARM,
  ...LOWER_LEG,
];

export const BACK = [
  ["head", "M0 2Q22 2 23 28Q20 50 12 54L0 54Z"],
  ["neck", "M5 56L12 56L13 72L5 72Z"],
  strip("neck", 56, 72, 4),
  ["shoulder", "M15 74Q50 76 57 101Q46 93 37 100L34 86Z"],
  strip("upper_back", 75, 108, 8),
  ["upper_back", "M9 75L13 75L32 87L36 104L36 108L9 108Z"],
  ...trunk("mid_back", 110, 144, [36, 34]),
  ...trunk("lower_back", 146, 182, [34, 35]),
  ["buttock", "M1 184L35 184Q43 208 38 224Q18 236 1 226Z"],
  ["thigh", "M3 229Q20 236 38 227Q40 262 34 299L8 299Q4 262 3 229Z"],
  ["knee", "M8 301L34 301L33 326L9 326Z"],
  ...ARM,
  ...LOWER_LEG,
];

export const HALF_WIDTH = 82;
export const HEIGHT = 440;
