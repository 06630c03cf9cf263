// What a legend has to explain: only the marks that are on the map.

/**
 * Returns which marks the map of a town has.
 * @param {import("../wire.js").TownMap} data
 */
export function marksOf({ grids, villages, households }) {
  const spots = households.features.map(({ properties }) => properties.households);
  return {
    broken: grids.features.some(({ properties }) => properties.broken.length > 0),
    unplanned: villages.features.some(({ properties }) => properties.planned === false),
    households: spots.length > 0,
    flats: spots.some((rows) => rows.length > 1),
    leftOut: spots.some((rows) => rows.some(([, grid]) => grid === null)),
    notDrawn: grids.features.filter(({ geometry }) => !geometry).length,
  };
}

/**
 * Returns the classes that the legend lists: the whole of a ramp, and of the others those that some grid is in.
 * @param {import("../wire.js").View} view
 */
export function explainedClasses({ classes }) {
  return classes.filter(({ mark, count }) => count > 0 || mark === "ramp" || mark === "plain");
}
