"""The orders in which members walk: the last one set holds, whenever the others come in."""

from datetime import timedelta

from service import NOW

from gridplan.store.phone.walking_orders import orders_of, set_order
from gridplan.store.tables import member


def test_an_order_holds_until_a_later_one_is_set(store):
    with store.write() as connection:
        connection.execute(member.insert().values(id=7, code="M7", name="示例", ties=[]))
        assert orders_of(connection, [7]) == {}
        set_order(connection, 7, "b", NOW, [3, 1, 2])
        set_order(connection, 7, "a", NOW - timedelta(seconds=1), [1, 2, 3])
        set_order(connection, 7, "b", NOW, [3, 1, 2])
        assert orders_of(connection, [7, 8]) == {7: [3, 1, 2]}
        set_order(connection, 7, "c", NOW + timedelta(seconds=1), [2, 3, 1])
        assert orders_of(connection, [7]) == {7: [2, 3, 1]}
        assert orders_of(connection, []) == {}
