"""What a file is, is told by its content: by columns and shapes, and only where these leave it open by its name."""

import pytest
import shapely
from import_batches import shapes, table

from gridplan.exchange.tables.read import read_all
from gridplan.service.imports.detect import recognise
from gridplan.words import LANGS

POINT = shapely.Point(110.9, 37.9)
LINE = shapely.LineString([(110.9, 37.9), (110.91, 37.9)])
AREA = shapely.box(110.9, 37.9, 110.91, 37.91)
HOUSE = shapely.box(110.9, 37.9, 110.9002, 37.9002)


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("户编号,户主,村,组,门牌", "1,王明,石桥村,1组,3号", "households"),
        ("户主,与户主关系,姓名,组", "王明,户主,王明,1组", "households"),
        ("id,village,lon,lat", "H1,Shiqiao,110.9,37.9", "households"),
        ("姓名,人员类别,村,组,是否在岗", "王明,党员,石桥村,1组,是", "members"),
        ("member_id,name,kind,village", "M1,Wang,volunteer,Shiqiao", "members"),
        ("姓名,身份,村,联系电话", "王明,党员,石桥村,13800000000", "members"),
        ("village,hamlet,lon,lat", "Shiqiao,1,110.9,37.9", "hamlets"),
        ("村,代码", "石桥村,140000", "villages"),
        ("品名,单价", "铅笔,2", "aside"),
        ("名称,备注", "铅笔,无", "aside"),
        ("文件夹,名称,经度,纬度", "石桥村,王明,110.9,37.9", "households"),
        (
            "文件夹,名称,经纬度[经度+纬度]",
            "石桥村,石桥村,110.9 37.9;110.91 37.9;110.91 37.91".replace(" ", "，"),
            "villages",
        ),
        ("村,组,经纬度", "石桥村,1组,110.9，37.9", "hamlets"),
        ("小组,经度,纬度", "一组,110.9,37.9", "hamlets"),
        ("小组,经度,纬度", "一组,110.9,37.9\n一组,110.91,37.9", "households"),
        ("name,place,lon,lat", "Upper,suburb,110.9,37.9", "hamlets"),
        ("name,type,address,lon,lat", "Wang,party member,Road 1,110.9,37.9", "members"),
        ("id,building,area_m2,lon,lat", "1,yes,80,110.9,37.9", "households"),
        ("id,street,housenumber,village,lon,lat", "1,Road,3,Shiqiao,110.9,37.9", "households"),
    ],
)
def test_a_table_is_told_by_its_columns(tmp_path, header, row, kind):
    path = tmp_path / "table.csv"
    path.write_bytes(table(header.split(","), [line.split(",") for line in row.split("\n")]))
    assert recognise(read_all([str(path)])[0]).kind == kind


@pytest.mark.parametrize(
    ("name", "properties", "shape", "kind"),
    [
        ("a", {"村名": "石桥村"}, AREA, "villages"),
        ("a", {"name": "Shiqiao"}, AREA, "villages"),
        ("buildings", {"height": 3}, AREA, "buildings"),
        ("a", {"kind": "river"}, AREA, "barriers"),
        ("a", {"waterway": "canal"}, LINE, "barriers"),
        ("a", {"highway": "residential"}, LINE, "roads"),
        ("铁路", {"名": "京广"}, LINE, "barriers"),
        ("a", {"bridge": "yes"}, LINE, "roads"),
        ("桥梁", {"bridge": "yes"}, LINE, "crossings"),
        ("a", {"kind": "bridge"}, POINT, "crossings"),
        ("a", {"户编号": "1", "户主": "王明"}, POINT, "households"),
        ("a", {"村": "石桥村", "村民小组": "1组"}, POINT, "hamlets"),
        ("a", {"building": "yes", "name": "Shop"}, AREA, "buildings"),
        ("a", {"村名": "石桥村"}, HOUSE, "buildings"),
        ("村界", {"osm_id": "w1"}, HOUSE, "buildings"),
        ("水系", {"kind": "landuse_residential", "name": ""}, AREA, "aside"),
        ("a", {"place": "hamlet", "name": "Upper"}, POINT, "hamlets"),
        ("a", {"类型": "自然村", "名称": "上坝"}, POINT, "hamlets"),
        ("居民点", {"名称": "上坝"}, POINT, "hamlets"),
        ("a", {"id": "1", "building": "yes", "housenumber": "3", "village": ""}, POINT, "households"),
        ("桥梁", {"name": "石桥"}, POINT, "crossings"),
    ],
)
def test_a_map_is_told_by_its_shapes_and_what_is_said_of_them(tmp_path, name, properties, shape, kind):
    path = tmp_path / f"{name}.geojson"
    path.write_bytes(shapes((properties, shape)))
    assert recognise(read_all([str(path)])[0]).kind == kind


@pytest.mark.parametrize(
    ("properties", "shape", "may_be"),
    [
        ({"fid": "1"}, AREA, ("villages", "buildings", "aside")),
        ({"name": "", "note": "x"}, AREA, ("villages", "buildings", "aside")),
        ({"addr:street": "Road", "addr:housenumber": "3"}, POINT, ("households", "aside")),
        ({"门牌号": "3号", "街路巷": "河街"}, POINT, ("households", "aside")),
        ({"fid": "1"}, POINT, ("households", "hamlets", "aside")),
        ({"name": "University", "type": "school", "address": "Road 1"}, POINT, ("households", "hamlets", "aside")),
    ],
)
def test_what_rows_do_not_tell_is_asked_about_and_left_out_until_then(tmp_path, properties, shape, may_be):
    path = tmp_path / "a.geojson"
    path.write_bytes(shapes((properties, shape)))
    seen = recognise(read_all([str(path)])[0])
    assert (seen.kind, seen.may_be) == ("aside", may_be)
    assert all(seen.why and seen.why.say(lang) for lang in LANGS)
