/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree as a file: SVG and PNG are drawn here, from one draw list; DOT is the server's. */
import { signal } from "@preact/signals";
import { get_file, tree_dot_path } from "../api/client";
import { token } from "../api/token";
import { DrawList } from "../draw/list";
import { Painter } from "../draw/paint";
import { svg_text } from "../draw/svg";
import { plain_theme, read_theme } from "../draw/theme";
import { draw_whole, shrunk_sentence, type Limit, type Whole } from "../draw/whole";
import { snapshot } from "../state/snapshots";
import { merged, model, picture } from "../state/tree_state";
import { tree_caption, tree_file_name } from "../text/export";
import { bytes, count } from "../text/units";

/* What viewers and browsers still open; canvases end at some 16,000 pixels a side. */
const SVG_LIMIT: Limit = { side: 60_000, area: 200e6 };
const PNG_LIMIT: Limit = { side: 16_000, area: 32e6 };
const PNG_SHARP_AREA = 8e6;

const SAID_MS = 15_000;

/** What the last export gave, for which picture. */
const done = signal<{ picture: unknown; text: string } | null>(null);

let leaving: ReturnType<typeof setTimeout> | undefined;

function say(text: string): void {
  done.value = { picture: picture.peek(), text };
  clearTimeout(leaving);
  leaving = setTimeout(() => (done.value = null), SAID_MS);
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  /* The browser has taken it over by then. */
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

interface Drawn extends Whole {
  list: DrawList;
  title: string;
}

function draw(limit: Limit): Drawn | null {
  const tree = model.peek();
  const placed = picture.peek();
  const taken = snapshot.peek();
  if (!tree || !placed || !taken) return null;
  const list = new DrawList();
  const lines = tree_caption(tree, taken, placed.visible.count);
  const trial = draw_whole(list, tree, placed, lines, limit);
  const sentence = shrunk_sentence(trial);
  /* What it says of itself takes a line, too. */
  const whole = sentence ? draw_whole(list, tree, placed, [...lines, sentence], limit) : trial;
  return { ...whole, list, title: lines[0] };
}

function report(kind: string, drawn: Drawn, blob: Blob, ratio: number): void {
  const { width, height } = drawn.size;
  say(
    `${kind}: ${count(width * ratio)} × ${count(height * ratio)} px, ${bytes(blob.size)}. ${shrunk_sentence(drawn)}`,
  );
}

function name(extension: string): string {
  return `${tree_file_name(model.peek()?.root_id ?? 0, snapshot.peek()?.id ?? 0, merged.peek())}.${extension}`;
}

function save_svg(): void {
  const drawn = draw(SVG_LIMIT);
  if (!drawn) return;
  const theme = plain_theme(read_theme(document.documentElement));
  const blob = new Blob([svg_text(drawn.list, theme, drawn.size, drawn.title)], { type: "image/svg+xml" });
  save(blob, name("svg"));
  report("SVG", drawn, blob, 1);
}

function save_png(): void {
  const drawn = draw(PNG_LIMIT);
  if (!drawn) return;
  const { width, height } = drawn.size;
  const ratio = width * height <= PNG_SHARP_AREA && Math.max(width, height) * 2 <= PNG_LIMIT.side ? 2 : 1;
  const canvas = document.createElement("canvas");
  new Painter(canvas).paint(drawn.list, read_theme(document.documentElement), drawn.size, ratio);
  canvas.toBlob((blob) => {
    if (blob) {
      save(blob, name("png"));
      report("PNG", drawn, blob, ratio);
    } else {
      say("PNG: the browser has no memory for a picture that large. Fold process groups, or take the SVG.");
    }
  }, "image/png");
}

/** Drawing keeps the page busy: first it says so. */
function start_png(): void {
  say("PNG: drawing …");
  setTimeout(save_png, 50);
}

async function save_dot(path: string, file: string): Promise<void> {
  try {
    save(await get_file(path), file);
  } catch (error) {
    say(`DOT: ${error instanceof Error ? error.message : ""}`);
  }
}

export function ExportButtons() {
  const root = model.value?.root_id;
  const id = snapshot.value?.id;
  if (root === undefined || id === undefined) return null;
  return (
    <div class="exports" role="group" aria-label="Export the whole picture">
      <button type="button" title="Save the whole picture as SVG" onClick={save_svg}>
        SVG
      </button>
      <button type="button" title="Save the whole picture as PNG" onClick={start_png}>
        PNG
      </button>
      <a
        class="button"
        title="Save every anon_vma of the tree as a Graphviz graph; merging and folding do not change it"
        href={tree_dot_path(id, root)}
        download={`${tree_file_name(root, id, false)}.dot`}
        onClick={(event) => {
          /* A link sends no token. */
          if (token.peek() === null) return;
          event.preventDefault();
          void save_dot(tree_dot_path(id, root), `${tree_file_name(root, id, false)}.dot`);
        }}
      >
        DOT
      </a>
    </div>
  );
}

/** What the last export of this picture gave, and whether it is cut short. */
export function ExportReport() {
  const shown = done.value && done.value.picture === picture.value ? done.value.text : "";
  return (
    <p class={shown ? "export-report" : "hidden"} role="status">
      {shown}
    </p>
  );
}
