/* SPDX-License-Identifier: GPL-2.0-only */
/* The zoom of a picture: its buttons and its keys. */
import { KeyButton } from "./buttons";

interface Zoomable {
  zoom: (factor: number) => void;
  fit: () => void;
}

interface Props {
  of: Zoomable;
  step?: number;
  /** The button that shows all of it: its text, its name for who hears it, and the hint. */
  whole?: { text: string; name: string; hint: string };
}

const WHOLE_TREE = {
  text: "reset",
  name: "reset the zoom: show the whole tree",
  hint: "Show the whole tree",
};

/** What a key or a button zooms by. */
const STEP = 1.4;

/** As `keys` of a Drawable. */
export function zoom_keys({ zoom, fit }: Zoomable, step = STEP) {
  const closer = () => zoom(step);
  return { "0": fit, "+": closer, "=": closer, "-": () => zoom(1 / step) };
}

export function ZoomButtons({ of: { zoom, fit }, step = STEP, whole = WHOLE_TREE }: Props) {
  return (
    <div class="zoom">
      <KeyButton name="Zoom in" shortcut="+" on_press={() => zoom(step)}>
        +
      </KeyButton>
      <KeyButton name="Zoom out" shortcut="-" on_press={() => zoom(1 / step)}>
        −
      </KeyButton>
      <KeyButton name={whole.name} hint={whole.hint} shortcut="0" wide on_press={fit}>
        {whole.text}
      </KeyButton>
    </div>
  );
}
