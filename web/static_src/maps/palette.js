// The colours of the maps.

export const TINTS = [
  { fill: "#dbe8f6", line: "#5f87b5" },
  { fill: "#dff0dd", line: "#5f9a63" },
  { fill: "#f8efcc", line: "#ad8f2f" },
  { fill: "#f7dfe4", line: "#b96f80" },
  { fill: "#e7e0f4", line: "#8371b3" },
  { fill: "#d6eeec", line: "#4f9691" },
];
/** One hue from light to dark: told apart in grey and by eyes that see no green. */
export const RAMP = ["#e7eff8", "#c2d6ea", "#93b5d8", "#5a8dc0", "#2c669f"];
export const RAMP_LINE = "#54697f";
export const HATCHING = "#7b8794";
export const PAPER = "#fff";
export const INK = "#27313f";
export const QUIET = "#5d6875";
export const ACCENT = "#1d5fa8";
export const BROKEN = "#c81e1e";
