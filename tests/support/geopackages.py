"""GeoPackages written by hand, so that anything can be in them."""

import sqlite3
import struct

import shapely


def geopackage(path, geometries, script=""):
    """A GeoPackage with a layer `list`, and what a script makes of it."""
    with sqlite3.connect(path) as database:
        database.executescript(
            """PRAGMA application_id = 1196444487;
            CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER);
            INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
            INSERT INTO gpkg_geometry_columns VALUES ('list', 'geom', 4326);
            CREATE TABLE list (fid INTEGER PRIMARY KEY, geom BLOB, 户编号 TEXT, 村 TEXT);"""
        )
        rows = [(blob, str(at), "柳村") for at, blob in enumerate(geometries)]
        database.executemany("INSERT INTO list (geom, 户编号, 村) VALUES (?, ?, ?)", rows)
        database.executescript(script)
    return path


def blob(shape):
    return b"GP\0\1" + struct.pack("<I", 4326) + shapely.to_wkb(shape, byte_order=1)


def view(definition, name="v"):
    return f"CREATE VIEW {name} AS {definition}; INSERT INTO gpkg_geometry_columns VALUES ('{name}', 'geom', 4326);"
