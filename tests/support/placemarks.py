"""Maps of placemarks in folders, as KML."""

RING = "110.49,38.24 110.52,38.24 110.52,38.27 110.49,38.27 110.49,38.24"
LINE = "<LineString><coordinates>110.5,38.25 110.6,38.25</coordinates></LineString>"


def outline(ring=RING):
    coordinates = f"<coordinates>{ring}</coordinates>"
    return f"<Polygon><outerBoundaryIs><LinearRing>{coordinates}</LinearRing></outerBoundaryIs></Polygon>"


def mark(name, shape):
    return f"<Placemark><name>{name}</name>{shape}</Placemark>"


def points(first, n=3):
    return "".join(
        mark(f"户{at}", f"<Point><coordinates>110.5{at},38.25,0</coordinates></Point>")
        for at in range(first, first + n)
    )


def folder(name, *inside):
    return f"<Folder><name>{name}</name>{''.join(inside)}</Folder>"


def kml(path, *inside):
    path.write_text(f"<kml><Document>{''.join(inside)}</Document></kml>", encoding="utf-8")
    return str(path)
