// Names that are elements on a map: where they have no room beside each other, the later ones are said without their figures, or
// keep their mark alone; at the edge of the map they are without their figures too.
import * as L from "leaflet";

/** Shows the names of the markers of a layer as far as there is room. @param {L.Map} map @param {L.LayerGroup} layer */
export function keepRoom(map, layer) {
  function arrange() {
    /** @type {DOMRect[]} */ const taken = [];
    const places = layer.getLayers().flatMap((marker) => (marker instanceof L.Marker && marker.getElement()) || []);
    for (const place of places) place.classList.remove("crowded", "short");
    const { left, right } = map.getContainer().getBoundingClientRect();
    const isCut = (/** @type {DOMRect} */ box) => [left, right].some((edge) => box.left < edge && edge < box.right);
    const ways = places.map(waysOf);
    ways.forEach((boxes, index) => {
      const way = boxes.findIndex((box, at) => !(at === 0 && isCut(box)) && !taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom));
      if (way >= 0) taken.push(boxes[way]);
      if (way !== 0) places[index].classList.add(way < 0 ? "crowded" : "short");
    });
  }
  map.on("zoomend", arrange);
  map.on("layeradd", ({ layer: added }) => added === layer && arrange());
}

/** Returns the room that a name takes with its figures, and alone. @param {HTMLElement} place */
function waysOf(place) {
  const whole = place.firstElementChild?.getBoundingClientRect() ?? new DOMRect();
  const name = place.querySelector("b")?.getBoundingClientRect() ?? whole;
  return [whole, new DOMRect(name.x, whole.y + (whole.height - name.height) / 2, name.width, name.height)];
}
