/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as text. Digits are grouped by a thin space, never by a comma or
 * point, so they read alike everywhere; every quantity carries its unit.
 */

const THIN_SPACE = "\u2009";

export function count(value: number): string {
  const digits = String(Math.abs(value));
  const grouped = digits.length > 4 ? digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE) : digits;
  return value < 0 ? `−${grouped}` : grouped;
}

/** `1 VMA`, `2 VMAs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function three_digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  /* 999.5 prints as 1000: change the unit before rounding does. */
  while (rest >= step * 0.9995 && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const digits = unit === 0 || Number.isInteger(rest) ? count(Math.round(rest)) : three_digits(rest);
  return `${digits} ${units[unit]}`;
}

export function bytes(value: number): string {
  return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** For the ticks of an axis: `12k`, `1.5M`; no unit of its own. */
export function compact(value: number): string {
  return scaled(value, 1000, ["", "k", "M", "G", "T"]).replace(" ", "");
}

/** With its sign: `+12`, `−3`, `±0`. */
export function signed(value: number, text: (value: number) => string): string {
  if (value === 0) return "±0";
  return `${value < 0 ? "−" : "+"}${text(Math.abs(value))}`;
}

export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return "< 0.01 %";
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(2)} %`;
}

export function duration(ns: number): string {
  if (ns < 60e9) return scaled(ns, 1000, ["ns", "µs", "ms", "s"]);
  const seconds = Math.round(ns / 1e9);
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return `${minutes} min ${seconds % 60} s`;
}

/** A mean over pages; null is that of no page. */
export function mean(value: number | null): string {
  if (value === null) return "no page";
  return Number.isInteger(value) || value >= 100 ? count(Math.round(value)) : value.toFixed(2);
}

/** `2.03 VMAs`: a mean of visits. */
export function mean_vmas(value: number | null): string {
  if (value === null) return mean(value);
  return `${mean(value)} ${value === 1 ? "VMA" : "VMAs"}`;
}

/** Addresses as /proc/PID/maps prints them: no 0x, no padding beyond 8 digits. */
export function address(text: string): string {
  return text.replace(/^0x/, "").padStart(8, "0");
}

export function range(start: string, end: string): string {
  return `${address(start)}-${address(end)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Local time, to the second: `2026-11-21 02:33:18`. */
export function local_time(rfc3339: string): string {
  const time = new Date(rfc3339);
  if (Number.isNaN(time.getTime())) return rfc3339;
  return (
    `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  );
}

/** As short as tells it from `now`: `02:33:18`, of another day `11-21 02:33`. */
export function short_time(rfc3339: string, now: string): string {
  const time = new Date(rfc3339);
  if (Number.isNaN(time.getTime())) return rfc3339;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date(now).toDateString()) return `${clock}:${two(time.getSeconds())}`;
  return `${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** Of a place on a time axis: the time of day, the date below it where a new day begins. */
export function axis_time(time_s: number, step_s: number, before_s: number | null): string {
  const time = new Date(time_s * 1000);
  const date = `${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  if (step_s >= 86400) return date;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  const text = step_s < 60 ? `${clock}:${two(time.getSeconds())}` : clock;
  const same_day = before_s !== null && new Date(before_s * 1000).toDateString() === time.toDateString();
  return same_day ? text : `${text}\n${date}`;
}
