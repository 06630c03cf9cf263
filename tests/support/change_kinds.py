"""Every kind of change that is written anywhere in the code."""

import ast
from functools import cache
from pathlib import Path

import gridplan


@cache
def kinds_in_the_code():
    """Return verb and object of every call of `Store.change`, and of the one whose verb is chosen before it."""
    calls = (
        node
        for path in Path(gridplan.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "change"
    )
    kinds = (call.args[1:] for call in calls if len(call.args) == 3 and [one.arg for one in call.keywords] == ["now"])
    found = {
        (verb, object_) for verbs, objects in kinds for verb in _constants(verbs) for object_ in _constants(objects)
    }
    return found | {("import", "lists")}


def _constants(node):
    parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant)]
