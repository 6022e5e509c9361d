/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes too close together to be told apart, merged into cells of a few pixels;
 * a cell shows the most notable of its nodes. Vertical runs of equal cells leave
 * as one rectangle, so what they cost follows the window, not the tree.
 */
import type { Size } from "../layout/size";
import { Ink, Mark, type DrawList } from "./list";

/** Side of a cell of merged nodes. */
export const CELL = 2;

/* What is noted first when nodes share a cell. */
export const enum Note {
  None = 0,
  Edge = 1,
  Active = 2,
  Idle = 3,
  Fold = 4,
  Root = 5,
  Missed = 6,
  Same = 7,
  Shrunk = 8,
  Grown = 9,
  Removed = 10,
  Added = 11,
}

const NOTE_INK = [
  Ink.Edge,
  Ink.EdgeDense,
  Ink.Active,
  Ink.Idle,
  Ink.Fold,
  Ink.Root,
  Ink.Missed,
  Ink.Same,
  Ink.Shrunk,
  Ink.Grown,
  Ink.Removed,
  Ink.Added,
];

/** Kept between frames: a frame allocates nothing. */
export class Cells {
  private notes = new Uint8Array(0);
  private first = new Int32Array(0);
  private last = new Int32Array(0);
  private wide = new Float64Array(0);
  private columns = 0;
  private rows = 0;

  reset(screen: Size): void {
    this.columns = Math.ceil(screen.width / CELL) + 1;
    this.rows = Math.ceil(screen.height / CELL) + 1;
    const size = this.columns * this.rows;
    if (this.notes.length < size) this.notes = new Uint8Array(size);
    else this.notes.fill(0, 0, size);
    if (this.first.length < this.columns) {
      this.first = new Int32Array(this.columns);
      this.last = new Int32Array(this.columns);
      this.wide = new Float64Array(this.columns);
    }
    this.first.fill(this.rows);
    this.last.fill(-1);
    this.wide.fill(0);
  }

  mark(x: number, y: number, width: number, note: Note): void {
    const column = Math.floor(x / CELL);
    const row = Math.floor(y / CELL);
    if (column < 0 || column >= this.columns || row < 0 || row >= this.rows) return;
    const at = column * this.rows + row;
    if (this.notes[at] < note) this.notes[at] = note;
    if (row < this.first[column]) this.first[column] = row;
    if (row > this.last[column]) this.last[column] = row;
    if (width > this.wide[column]) this.wide[column] = width;
  }

  /** Vertical runs of equal cells. */
  emit(list: DrawList): void {
    for (let column = 0; column < this.columns; column++) {
      const width = this.wide[column];
      let row = this.first[column];
      while (row <= this.last[column]) {
        const note = this.notes[column * this.rows + row];
        const from = row;
        while (row <= this.last[column] && this.notes[column * this.rows + row] === note) row++;
        if (note === Note.None) continue;
        const x = column * CELL + CELL / 2 - width / 2;
        list.push(Mark.Rect, NOTE_INK[note], x, from * CELL, width, (row - from) * CELL);
      }
    }
  }
}
