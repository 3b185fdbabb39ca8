// The icons, as outlines in a square of 24.

const SHAPES = {
  bell: "M6 17v-6a6 6 0 0 1 12 0v6l2 1H4zM10 21h4",
  debug: "M8 6l-6 6 6 6M16 6l6 6-6 6",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v6M12 7v.1",
  success: "M4 13l5 5L20 6",
  warning: "M12 4l9 16H3zM12 10v5M12 17.4v.1",
  error: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16v.1",
  close: "M5 5l14 14M19 5L5 19",
  read: "M4 13l5 5L20 6",
  unread: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
  archive: "M4 8v12h16V8M3 4h18v4H3zM10 12h4",
  remove: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};

/** @typedef {keyof typeof SHAPES} Icon */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an icon.
 *
 * @param {Icon} name
 * @param {string} [part]
 */
export function icon(name, part = "") {
  const [image, path] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
  image.setAttribute("viewBox", "0 0 24 24");
  image.setAttribute("aria-hidden", "true");
  if (part) image.setAttribute("part", part);
  path.setAttribute("d", SHAPES[name]);
  image.append(path);
  return image;
}

/**
 * Returns the group of a level, which has a color and an icon.
 *
 * @param {number} level
 * @returns {"debug" | "info" | "success" | "warning" | "error"}
 */
export function levelGroup(level) {
  if (level >= 40) return "error";
  if (level >= 30) return "warning";
  if (level >= 25) return "success";
  return level >= 20 ? "info" : "debug";
}
