// Names that are elements on a map: where they have no room beside each other, the later ones keep their mark alone.
import * as L from "leaflet";

/** Shows the names of the markers of a layer as far as there is room. @param {L.Map} map @param {L.LayerGroup} layer */
export function keepRoom(map, layer) {
  function arrange() {
    /** @type {DOMRect[]} */ const taken = [];
    const places = layer.getLayers().flatMap((marker) => (marker instanceof L.Marker && marker.getElement()) || []);
    for (const place of places) place.classList.remove("crowded");
    const boxes = places.map((place) => place.firstElementChild?.getBoundingClientRect() ?? new DOMRect());
    boxes.forEach((box, index) => {
      const isTaken = taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      if (isTaken) places[index].classList.add("crowded");
      else taken.push(box);
    });
  }
  map.on("zoomend", arrange);
  map.on("layeradd", ({ layer: added }) => added === layer && arrange());
}
