// Times in the reader's own way.

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** Return a date in the given parts, such as `{ dateStyle: "long" }`. */
export function written(seconds, parts) {
  return new Date(seconds * 1000).toLocaleString(undefined, parts);
}

/** Return how far a time is from now, in words. */
export function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? UNITS.at(-1);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  return format.format(Math.trunc(away / size), unit);
}

/** Return 0 for today, -1 for yesterday, 1 for tomorrow, and so on. */
export function daysFromToday(seconds) {
  const day = new Date(seconds * 1000).setHours(0, 0, 0, 0);
  return Math.round((day - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
}
