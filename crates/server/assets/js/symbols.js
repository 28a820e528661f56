// What a till scans: a QR code of 20 digits (ISO/IEC 18004, version 1, level Q), and Code 128 of
// the same (ISO/IEC 15417, set C). Drawn as SVG, black on white whatever the page's colours.

const SVG = "http://www.w3.org/2000/svg";

function drawing(width, height, d) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", width);
  ground.setAttribute("height", height);
  ground.setAttribute("fill", "#fff");
  const ink = document.createElementNS(SVG, "path");
  ink.setAttribute("d", d);
  ink.setAttribute("fill", "#000");
  svg.append(ground, ink);
  return svg;
}

// Six widths for each of the values 0 to 105, bar and gap in turn.
const WIDTHS =
  "212222222122222221121223121322131222122213122312132212221213221312231212112232122132" +
  "122231113222123122123221223211221132221231213212223112312131311222321122321221312212" +
  "322112322211212123212321232121111323131123131321112313132113132311211313231113231311" +
  "112133112331132131113123113321133121313121211331231131213113213311213131311123311321" +
  "331121312113312311332111314111221411431111111224111422121124121421141122141221112214" +
  "112412122114122411142112142211241211221114413111241112134111111242121142121241114212" +
  "124112124211411212421112421211212141214121412121111143111341131141114113114311411113" +
  "411311113141114131311141411131211412211214211232";
const START_C = 105;
const STOP = "2331112";

/** The bars of an even number of digits. */
export function bars(digits) {
  const values = [START_C, ...digits.match(/../g).map(Number)];
  const sum = values.reduce((total, value, at) => total + value * (at || 1), 0) % 103;
  const widths = [...values, sum].map((value) => WIDTHS.slice(6 * value, 6 * value + 6));
  let x = 10;
  let d = "";
  [...(widths.join("") + STOP)].forEach((width, at) => {
    if (at % 2 === 0) d += `M${x} 0h${width}v40h-${width}z`;
    x += Number(width);
  });
  return drawing(x + 10, 40, d);
}

const SIZE = 21;
const DATA = 13;
const CHECKS = 13;

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = (x << 1) ^ (x > 127 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

function checks(data) {
  let generator = [1];
  for (let i = 0; i < CHECKS; i++) {
    const next = [...generator, 0];
    generator.forEach((c, at) => (next[at + 1] ^= times(c, EXP[i])));
    generator = next;
  }
  const rest = [...data, ...new Array(CHECKS).fill(0)];
  for (let at = 0; at < data.length; at++) {
    const lead = rest[at];
    generator.forEach((c, off) => (rest[at + off] ^= times(c, lead)));
  }
  return rest.slice(data.length);
}

function words(digits) {
  const put = (value, count) => value.toString(2).padStart(count, "0");
  let bits = put(1, 4) + put(digits.length, 10);
  for (const part of digits.match(/.{1,3}/g)) bits += put(Number(part), [0, 4, 7, 10][part.length]);
  bits += "0000";
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").slice(0, DATA * 8);
  const data = bits.match(/.{8}/g).map((word) => parseInt(word, 2));
  for (let pad = 0xec; data.length < DATA; pad ^= 0xec ^ 0x11) data.push(pad);
  return [...data, ...checks(data)];
}

/** Fifteen bits: level Q (11) and mask 0, with their BCH code, masked. */
function format() {
  const data = 0b11000;
  let rest = data << 10;
  for (let bit = 14; bit >= 10; bit--) if (rest >> bit & 1) rest ^= 0b10100110111 << (bit - 10);
  return ((data << 10) | rest) ^ 0b101010000010010;
}

/** A QR code of up to 27 digits. */
export function qr(digits) {
  const dark = Array.from({ length: SIZE }, () => new Array(SIZE).fill(null));
  const finder = (row, column) => {
    for (let r = -1; r < 8; r++) {
      for (let c = -1; c < 8; c++) {
        const [y, x] = [row + r, column + c];
        if (y < 0 || x < 0 || y >= SIZE || x >= SIZE) continue;
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        dark[y][x] = ring !== 2 && ring < 4;
      }
    }
  };
  finder(0, 0);
  finder(0, SIZE - 7);
  finder(SIZE - 7, 0);
  for (let i = 8; i < SIZE - 8; i++) dark[6][i] = dark[i][6] = i % 2 === 0;
  const bits = format();
  for (let i = 0; i < 15; i++) {
    const on = Boolean(bits >> i & 1);
    const down = i < 6 ? i : i < 8 ? i + 1 : SIZE - 15 + i;
    dark[down][8] = on;
    const across = i < 8 ? SIZE - 1 - i : i < 9 ? 7 : 14 - i;
    dark[8][across] = on;
  }
  dark[SIZE - 8][8] = true;
  const stream = words(digits).flatMap((word) => [...Array(8)].map((_, i) => word >> (7 - i) & 1));
  let at = 0;
  for (let right = SIZE - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let i = 0; i < SIZE; i++) {
      const y = up ? SIZE - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (dark[y][x] !== null) continue;
        dark[y][x] = Boolean(stream[at++]) !== ((y + x) % 2 === 0);
      }
    }
  }
  let d = "";
  dark.forEach((row, y) => row.forEach((on, x) => on && (d += `M${x + 4} ${y + 4}h1v1h-1z`)));
  return drawing(SIZE + 8, SIZE + 8, d);
}
