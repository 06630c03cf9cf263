// What a map has of a town: its outlines at once, and the households of a village when they are asked for.
import { ask } from "../ui/request.js";
/** @import { Feature, Point } from "geojson" */
/** @import { Place, PlaceAnswer, TownAnswer, TownMap } from "../wire.js" */

/** @typedef {Feature<Point | null, Place>} PlaceFeature */

/** Returns what asks the server for the households of a village. @param {HTMLElement} place Of the map; names the address. @param {TownMap} data */
export function asker(place, data) {
  const address = place.dataset.places ?? "";
  /** @param {number} village @returns {Promise<PlaceAnswer[]>} */
  return async (village) => (await ask(address.replace("villages/0/", `villages/${data.villages.features[village].properties.id}/`))).places;
}

/**
 * Returns the map of a town as scripts take it.
 * @template {TownAnswer} Answer @param {Answer} answer
 */
export function unpacked(answer) {
  const { grids, villages } = /** @type {Answer["objects"]} */ (answer.objects);
  return { ...answer, grids: { features: grids.geometries }, villages: { features: villages.geometries } };
}

/** The households of a town, village by village. */
export class Places {
  /** @type {Map<number, PlaceFeature[]>} */ #known = new Map();
  /** @type {Map<number, Promise<PlaceFeature[]>>} */ #asked = new Map();

  /**
   * @param {TownMap} data
   * @param {(village: number) => Promise<PlaceAnswer[]>} request
   */
  constructor(data, request) {
    this.request = request;
    /** @type {Map<string, number>} */
    this.gridAt = new Map(data.grids.features.map(({ properties: { village, number } }, index) => [`${village} ${number}`, index]));
    this.isEmpty = data.counts_only === true;
  }

  /** Returns them if they have come. @param {number} village */
  known(village) {
    return this.#known.get(village);
  }

  /** Returns where the households of a village stand; what could not be had is asked for again. @param {number} village */
  of(village) {
    let asked = this.#asked.get(village);
    if (!asked) {
      asked = this.isEmpty ? Promise.resolve([]) : this.request(village).then((answer) => this.#take(village, answer));
      asked.catch(() => this.#asked.delete(village));
      this.#asked.set(village, asked);
    }
    return asked;
  }

  /** @param {number} village @param {PlaceAnswer[]} answer */
  #take(village, answer) {
    const places = answer.map(({ lon, lat, ...place }) => {
      const households = place.households.map(([code, number, ...rest]) => /** @type {Place["households"][number]} */ ([code, number === null ? null : (this.gridAt.get(`${village} ${number}`) ?? null), ...rest]));
      const geometry = lon === null || lat === null ? null : { type: /** @type {const} */ ("Point"), coordinates: [lon, lat] };
      return { type: /** @type {const} */ ("Feature"), geometry, properties: { ...place, village, households } };
    });
    this.#known.set(village, places);
    return places;
  }
}
