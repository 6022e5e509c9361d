/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The colour of each ink, read from the page's CSS custom properties, so that
 * light, dark and forced colours are decided in one place: app.css.
 */
import { Ink, INKS } from "./list";

export interface Theme {
  colour: string[];
  background: string;
  font: string;
}

const PROPERTIES: Record<Ink, string> = {
  [Ink.Edge]: "--edge",
  [Ink.EdgeDense]: "--edge-dense",
  [Ink.Path]: "--path",
  [Ink.Root]: "--root",
  [Ink.Active]: "--active",
  [Ink.Idle]: "--idle",
  [Ink.Missed]: "--missed",
  [Ink.MissedText]: "--missed-text",
  [Ink.Fold]: "--fold",
  [Ink.Selected]: "--selected",
  [Ink.Hover]: "--faint",
  [Ink.Text]: "--text",
  [Ink.TextFaint]: "--faint",
  [Ink.Halo]: "--surface",
  [Ink.Row]: "--hover",
  [Ink.Current]: "--current",
  [Ink.Hue0]: "--hue0",
  [Ink.Hue1]: "--hue1",
  [Ink.Hue2]: "--hue2",
  [Ink.Hue3]: "--hue3",
  [Ink.Hue4]: "--hue4",
  [Ink.Hue5]: "--hue5",
  [Ink.Hue6]: "--hue6",
  [Ink.Hue7]: "--hue7",
  [Ink.Area]: "--area",
  [Ink.Same]: "--same",
  [Ink.Added]: "--added",
  [Ink.Removed]: "--removed",
  [Ink.Grown]: "--grown",
  [Ink.Shrunk]: "--shrunk",
};

/** The same with every colour spelt out, for a file: a name like CanvasText means nothing there. */
export function plain_theme(theme: Theme): Theme {
  const context = document.createElement("canvas").getContext("2d");
  const plain = (colour: string) => {
    if (!context) return colour;
    context.fillStyle = colour;
    return String(context.fillStyle);
  };
  return { ...theme, colour: theme.colour.map(plain), background: plain(theme.background) };
}

export function read_theme(element: Element): Theme {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim() || "CanvasText";
  const colour: string[] = [];
  for (let ink = 0; ink < INKS; ink++) colour.push(read(PROPERTIES[ink as Ink]));
  return { colour, background: read("--surface"), font: read("--mono") };
}

const RESTYLE = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];

/** Calls `restyle` whenever a theme must be read anew; gives how to stop that. */
export function on_restyle(restyle: () => void): () => void {
  const queries = RESTYLE.map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener("change", restyle);
  return () => {
    for (const query of queries) query.removeEventListener("change", restyle);
  };
}
