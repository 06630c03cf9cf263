"""The door: who knows the password or has a link comes in once, and nobody else."""


def test_whoever_knows_the_password_comes_in_and_can_leave(service):
    client = service.client("planner")
    assert client.get("/").status_code == 200
    token = client.get_cookie("gridplan").value
    client.post("/leave", data={"csrf": service.csrf(client)})
    client.set_cookie("gridplan", token)
    assert client.get("/", headers={"Accept": "application/json"}).status_code == 401


def test_whoever_is_not_in_is_sent_to_the_door(service):
    answer = service.client().get("/")
    assert answer.status_code == 302
    assert answer.location.startswith("/door")
