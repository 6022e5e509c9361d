/* SPDX-License-Identifier: GPL-2.0-only */
/* The zoom of a picture, for the mouse. */
import { KeyButton } from "./buttons";

interface Props {
  of: { zoom: (factor: number) => void; fit: () => void };
  step?: number;
  /** The button that shows all of it: its text, its name for who hears it, and the hint. */
  whole?: { text: string; name: string; hint: string };
}

const WHOLE_TREE = {
  text: "reset",
  name: "reset the zoom: show the whole tree",
  hint: "Show the whole tree",
};

export function ZoomButtons({ of: { zoom, fit }, step = 1.4, whole = WHOLE_TREE }: Props) {
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
