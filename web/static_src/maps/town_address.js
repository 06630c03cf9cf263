// The address of the map of a town says what is selected, by ids, and which part of the map is shown.

/** @typedef {{ plan: number, number: number }} GridKey */
/** @typedef {{ village: number | null, grid: GridKey | null, view: string | null }} Selection `view`: what colours mean. */
/** @typedef {{ zoom: number, lat: number, lng: number }} Extent */

/** Returns the query of an address. @param {Selection} selection @param {Extent | null} extent */
export function queryOf({ village, grid, view }, extent = null) {
  const query = new URLSearchParams();
  if (village !== null) query.set("village", String(village));
  if (grid) query.set("grid", `${grid.plan}-${grid.number}`);
  if (view) query.set("view", view);
  if (extent) query.set("at", [extent.zoom, extent.lat.toFixed(6), extent.lng.toFixed(6)].join());
  return `?${query}`;
}

/** @param {string} search The query of an address. @returns {Selection & { extent: Extent | null }} */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  const [village] = numbers(query.get("village"), ",");
  const [plan, number] = numbers(query.get("grid"), "-");
  const [zoom, lat, lng] = numbers(query.get("at"), ",");
  return {
    village: village ?? null,
    grid: number === undefined ? null : { plan, number },
    view: query.get("view"),
    extent: lng === undefined ? null : { zoom, lat, lng },
  };
}

/** @param {string | null} text @param {string} separator */
function numbers(text, separator) {
  const found = text ? text.split(separator).map(Number) : [];
  return found.every(Number.isFinite) ? found : [];
}
