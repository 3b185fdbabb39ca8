// Writes days and times as people say them, in the language and the time zone of the page.

/**
 * How dates are written.
 *
 * @typedef {object} Calendar
 * @property {string | undefined} language
 * @property {string | undefined} timeZone
 * @property {boolean} isAbsolute Whether times are written as times of day, and not as "5 min. ago".
 */

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/**
 * Returns the number of a calendar day.
 *
 * @param {number} time
 * @param {Calendar} calendar
 */
function dayNumber(time, { timeZone }) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "numeric", day: "numeric" });
  return Date.parse(`${parts.format(time)} UTC`) / DAY;
}

/**
 * Returns the heading of a day: "Today", "Yesterday", a weekday, or a date.
 *
 * @param {number} time
 * @param {number} now
 * @param {Calendar} calendar
 */
export function dayOf(time, now, calendar) {
  const { language, timeZone } = calendar;
  const age = dayNumber(now, calendar) - dayNumber(time, calendar);
  if (age < 2) return capitalised(new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.max(age, 0), "day"), language);
  /** @type {Intl.DateTimeFormatOptions} */
  const style = age < 7 ? { weekday: "long" } : { dateStyle: "long" };
  return capitalised(new Intl.DateTimeFormat(language, { ...style, timeZone }).format(time), language);
}

/** @param {string} text @param {string | undefined} language */
const capitalised = (text, language) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);

/**
 * Returns the time of a message: "now", "5 min. ago", or a date after seven days. A time in the future is now.
 *
 * @param {number} time
 * @param {number} now
 * @param {Calendar} calendar
 */
export function timeOf(time, now, calendar) {
  const { language, timeZone, isAbsolute } = calendar;
  const age = now - time;
  if (isAbsolute) return new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone }).format(time);
  if (age >= 7 * DAY) return fullTime(time, calendar);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (age < MINUTE) return relative.format(0, "second");
  if (age < 60 * MINUTE) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / (60 * MINUTE)), "hour");
  return new Intl.RelativeTimeFormat(language, { style: "short" }).format(-Math.floor(age / DAY), "day");
}

/**
 * Returns the date and the time of day.
 *
 * @param {number} time
 * @param {Calendar} calendar
 */
export function fullTime(time, { language, timeZone }) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone }).format(time);
}
