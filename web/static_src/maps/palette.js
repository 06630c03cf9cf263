// The colours of the maps, the same as Python's.
import palette from "../../../gridplan/exchange/palette.json" with { type: "json" };

export const { tints: TINTS, ramp_line: RAMP_LINE, hatching: HATCHING, paper: PAPER, ink: INK, quiet: QUIET, accent: ACCENT, broken: BROKEN } = palette;
/** One hue from light to dark: told apart in grey and by eyes that see no green. */
export const RAMP = palette.ramp;
