// The address of the map of a town says what is selected, by ids, and which part of the map is shown.

/** @typedef {{ plan: number, number: number }} GridKey */
/** @typedef {{ village: number | null, grid: GridKey | null, household: number | null, view: string | null }} Address By ids; `view`: what colours mean. */
/** @typedef {{ zoom: number, lat: number, lng: number }} Extent */

/** Returns the query of an address. @param {Address} address @param {Extent | null} extent */
export function queryOf({ village, grid, household, view }, extent = null) {
  const query = new URLSearchParams();
  if (village !== null) query.set("village", String(village));
  if (grid) query.set("grid", `${grid.plan}-${grid.number}`);
  if (household !== null) query.set("household", String(household));
  if (view) query.set("view", view);
  if (extent) query.set("at", [extent.zoom, extent.lat.toFixed(6), extent.lng.toFixed(6)].join());
  return `?${query}`;
}

/** @param {string} search The query of an address. @returns {Address & { extent: Extent | null }} */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  const [village] = numbers(query.get("village"), ",");
  const [plan, number] = numbers(query.get("grid"), "-");
  const [household] = numbers(query.get("household"), ",");
  const [zoom, lat, lng] = numbers(query.get("at"), ",");
  return {
    village: village ?? null,
    grid: number === undefined ? null : { plan, number },
    household: household ?? null,
    view: query.get("view"),
    extent: lng === undefined ? null : { zoom, lat, lng },
  };
}

/** @param {string | null} text @param {string} separator */
function numbers(text, separator) {
  const found = text ? text.split(separator).map(Number) : [];
  return found.every(Number.isFinite) ? found : [];
}
