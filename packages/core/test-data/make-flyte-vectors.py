"""Makes flyte-vectors.json: types and literals as the Python SDK makes them.

    python -m venv /tmp/vectors && /tmp/vectors/bin/pip install flyte
    /tmp/vectors/bin/python make-flyte-vectors.py > flyte-vectors.json
"""

import asyncio
import datetime
import enum
import json
import sys
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple, Union

from flyte.io import Dir, File
from flyte.types import TypeEngine
from pydantic import BaseModel

UTC = datetime.timezone.utc


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    weight: float
    tags: List[str] = []


class Person(BaseModel):
    name: str
    age: int
    height: float
    inner: Inner
    nick: Optional[str] = None
    scores: Dict[str, float] = {}


@dataclass
class Point:
    x: int
    y: float
    labels: List[str]


inner = Inner(weight=2, tags=["a"])
person = Person(name="é", age=3, height=2, inner=inner, scores={"b": 1, "a": 2.5})
person_json = {
    "name": "é",
    "age": 3,
    "height": 2,
    "inner": {"weight": 2, "tags": ["a"]},
    "nick": None,
    "scores": {"b": 1, "a": 2.5},
}

# Each: what it is, the Python type, the value, and the value as JSON of a TypeScript task.
CASES = [
    ("int", int, 3, 3),
    ("a negative int", int, -(2**63), str(-(2**63))),
    ("float", float, 2.0, 2),
    ("str", str, "é", "é"),
    ("bool", bool, True, True),
    ("datetime", datetime.datetime, datetime.datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
    ("timedelta", datetime.timedelta, datetime.timedelta(minutes=5, microseconds=1), "5m0.000001s"),
    ("None", type(None), None, None),
    ("list[int]", List[int], [1, 2], [1, 2]),
    ("list[list[str]]", List[List[str]], [["a"], []], [["a"], []]),
    ("dict[str, float]", Dict[str, float], {"b": 1.0, "a": 2.5}, {"b": 1, "a": 2.5}),
    ("dict", dict, {"k": [1, "x", {"n": None}]}, {"k": [1, "x", {"n": None}]}),
    ("int | None with an int", Optional[int], 5, 5),
    ("int | None with None", Optional[int], None, None),
    ("str | int", Union[str, int], 5, 5),
    ("list[int | None]", List[Optional[int]], [1, None], [1, None]),
    ("an enum", Color, Color.RED, "RED"),
    ("a pydantic model", Person, person, person_json),
    ("an optional pydantic model", Optional[Person], person, person_json),
    ("a list of pydantic models", List[Inner], [inner], [{"weight": 2, "tags": ["a"]}]),
    ("a dataclass", Point, Point(1, 2.0, ["a"]), {"x": 1, "y": 2, "labels": ["a"]}),
    ("a tuple", Tuple[int, str], (1, "x"), [1, "x"]),
    ("a File", File, File(path="/d/x.csv", name="x.csv"), "/d/x.csv"),
    ("a Dir", Dir, Dir(path="/d/x", name="x"), "/d/x"),
]


async def vector(case):
    name, python_type, value, plain = case
    literal_type = TypeEngine.to_literal_type(python_type)
    literal = await TypeEngine.to_literal(value, python_type, literal_type)
    return {
        "name": name,
        "type": literal_type.SerializeToString(deterministic=True).hex(),
        "literal": literal.SerializeToString(deterministic=True).hex(),
        "json": plain,
    }


async def main():
    json.dump([await vector(case) for case in CASES], sys.stdout, indent=1)


asyncio.run(main())
