/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PNG as a screenshot has it (8 bit RGB or RGBA, not interlaced) with a palette
 * of 256 of its colours; any other becomes the nearest of them. Text on flat
 * surfaces looks the same and takes a third of the bytes.
 */
import assert from "node:assert/strict";
import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;
const CHANNELS = { 2: 3, 6: 4 };

function read_chunks(png) {
  assert.ok(png.subarray(0, 8).equals(SIGNATURE), "is a PNG");
  const chunks = {};
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    (chunks[type] ??= []).push(png.subarray(at + 8, at + 8 + size));
    at += size + 12;
  }
  return chunks;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* What each filter type of the format adds to a byte: of left, above, above left. */
const FILTERS = [() => 0, (a) => a, (a, b) => b, (a, b) => (a + b) >> 1, paeth];

/** Each pixel as 0xRRGGBB. */
function read_pixels(png) {
  const { IHDR, IDAT } = read_chunks(png);
  const [width, height] = [IHDR[0].readUInt32BE(0), IHDR[0].readUInt32BE(4)];
  const [depth, type, , , interlaced] = IHDR[0].subarray(8);
  const channels = CHANNELS[type];
  assert.ok(depth === 8 && channels && !interlaced, "is as a screenshot has it");
  const data = inflateSync(Buffer.concat(IDAT));
  const stride = width * channels;
  const pixels = new Uint32Array(width * height);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const filter = FILTERS[data[from]];
    const line = data.subarray(from + 1, from + 1 + stride);
    for (let i = 0; i < stride; i++) {
      const left = i >= channels;
      line[i] += filter(left ? line[i - channels] : 0, above[i], left ? above[i - channels] : 0);
    }
    for (let x = 0; x < width; x++) pixels[y * width + x] = line.readUIntBE(x * channels, 3);
    above = line;
  }
  return { width, height, pixels };
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

const distance = ([r, g, b], [s, h, c]) => (r - s) ** 2 + (g - h) ** 2 + (b - c) ** 2;

/* Surfaces are the most frequent. Of the others, one for all that look alike, so
 * that there is room for a rare colour that means something. */
const SURFACES = 64;
const ALIKE = 150;

function choose_colours(pixels) {
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const sorted = [...counts.entries()].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
  const chosen = sorted.slice(0, SURFACES);
  for (const colour of sorted.slice(SURFACES)) {
    if (chosen.length === COLOURS) break;
    if (chosen.every((other) => distance(parts(other), parts(colour)) >= ALIKE)) chosen.push(colour);
  }
  return chosen;
}

function nearest(palette, colour) {
  let best = 0;
  let least = Infinity;
  palette.forEach((entry, i) => {
    const far = distance(entry, parts(colour));
    if (far < least) [best, least] = [i, far];
  });
  return best;
}

/* As zlib has it; that of node is younger than the oldest node that ./dev takes. */
function crc32(data) {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

export function with_palette(png) {
  const { width, height, pixels } = read_pixels(png);
  const colours = choose_colours(pixels);
  const palette = colours.map(parts);
  const index_of = new Map(colours.map((colour, i) => [colour, i]));
  const lines = Buffer.alloc((width + 1) * height);
  pixels.forEach((colour, i) => {
    if (!index_of.has(colour)) index_of.set(colour, nearest(palette, colour));
    lines[i + Math.floor(i / width) + 1] = index_of.get(colour);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flat())),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
