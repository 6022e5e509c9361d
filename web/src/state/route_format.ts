/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a route as the URL's fragment: what is as it is by default is left out. Pure. */
import { AREAS } from "../model/forest";
import type { SnapshotRef } from "../model/revision";
import {
  DEFAULT_FINDING_SORT,
  DEFAULT_PROCESS_SORT,
  DEFAULT_SORT,
  DIFF_SECTIONS,
  type Route,
  type Selection,
  type TreeLook,
} from "./route";

/** Escaped; the colon of a label or a time reads well as it is. */
function snapshot_text(ref: SnapshotRef): string {
  return encodeURIComponent(ref).replace(/%3A/g, ":");
}

/** Short enough to read, fine enough that nothing visibly moves on reload. */
function short(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function zoom_text(zoom: number): string {
  return short(zoom, zoom < 0.01 ? 7 : 4);
}

function selection_text(select: Selection): string {
  switch (select.what) {
    case "anon_vma":
      return String(select.id);
    case "fold":
      return `${select.id},group`;
    case "missed":
      return `${select.id},missed,${select.mm}`;
  }
}

export function format_route(route: Route): string {
  const base = `#/snapshots/${snapshot_text(route.snapshot)}`;
  const query: string[] = [];
  const add = (name: string, value: string) => query.push(`${name}=${value}`);
  const add_look = ({ select, open, grouped, camera }: TreeLook) => {
    if (select) add("select", selection_text(select));
    if (open.length) add("open", open.join(","));
    if (!grouped) add("groups", "off");
    if (camera) {
      add("at", `${short(camera.x, 1)},${short(camera.y, 1)}`);
      add("zoom", zoom_text(camera.zoom));
    }
  };
  const { view } = route;
  let path: string;
  switch (view.name) {
    case "overview":
      path = "";
      if (view.from !== null && view.to !== null) {
        add("from", String(view.from));
        add("to", String(view.to));
      }
      if (view.last !== null) add("last", String(view.last));
      break;
    case "diff":
      path = "/diff";
      if (view.from !== null) add("from", snapshot_text(view.from));
      if (view.section !== DIFF_SECTIONS[0]) add("section", view.section);
      if (view.state) add("state", view.state);
      if (view.min !== null) add("min", String(view.min));
      if (view.row !== null) add("row", encodeURIComponent(view.row));
      if (view.root !== null) add("tree", String(view.root));
      if (view.hide > 1) add("hide", String(view.hide));
      if (view.all) add("list", "all");
      add_look(view);
      break;
    case "forest":
      path = "/trees";
      if (view.sort !== DEFAULT_SORT) add("sort", view.sort);
      if (view.search) add("q", encodeURIComponent(view.search));
      if (view.exe !== null) add("exe", encodeURIComponent(view.exe));
      if (!view.grouped) add("groups", "off");
      if (view.area !== AREAS[0]) add("area", view.area);
      if (view.select !== null) add("select", encodeURIComponent(view.select));
      break;
    case "tree":
      path = `/trees/${view.root}`;
      if (view.merged) add("merged", "on");
      add_look(view);
      break;
    case "processes":
      path = "/processes";
      if (view.search) add("q", encodeURIComponent(view.search));
      if (view.sort !== DEFAULT_PROCESS_SORT) add("sort", view.sort);
      break;
    case "process":
      path = `/processes/${view.pid}`;
      if (view.policy) add("policy", view.policy);
      if (view.select) add("select", view.select);
      if (view.strip) {
        add("at", short(view.strip.x, 1));
        add("zoom", zoom_text(view.strip.zoom));
      }
      break;
    case "findings":
      path = "/findings";
      if (view.kind) add("kind", view.kind);
      if (view.exe) add("exe", encodeURIComponent(view.exe).replaceAll("%2F", "/"));
      if (view.pid !== null) add("pid", String(view.pid));
      if (view.root !== null) add("root", String(view.root));
      if (view.min_bytes !== null) add("min_bytes", String(view.min_bytes));
      if (view.sort !== DEFAULT_FINDING_SORT) add("sort", view.sort);
      if (view.select !== null) add("select", String(view.select));
      break;
  }
  return base + path + (query.length ? `?${query.join("&")}` : "");
}
