"""Writes python-types.json: types of inputs as Flyte's Python SDK makes them, with a value of each.

Run with a Python that has `flyte` and `pydantic`: python make-python-types.py > python-types.json
"""

import asyncio
import base64
import enum
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Dict, List, Literal, Optional, Union

from flyte.types import TypeEngine
from google.protobuf.json_format import MessageToDict
from pydantic import BaseModel, Field


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: float
    y: float = 0.0
    label: Optional[str] = None


@dataclass
class Shape:
    name: str
    points: List[Point]
    weights: Dict[str, float]
    kind: Literal["open", "closed"] = "open"
    colour: Colour = Colour.RED
    sizes: List[int] = field(default_factory=list)


class Line(BaseModel):
    sku: str
    count: int = Field(ge=0)
    price: float = 1.0


class Order(BaseModel):
    """What somebody wants."""

    lines: List[Line]
    by_name: Dict[str, Line] = {}
    note: Optional[str] = None
    size: Literal["small", "large"] = "small"
    amount: Union[int, float, str] = 0


class Tree(BaseModel):
    value: int
    children: List["Tree"] = []


cases = {
    "int": (int, 2**60),
    "float": (float, 2.0),
    "str": (str, "a"),
    "bool": (bool, True),
    "bytes": (bytes, b"\x81\xff"),
    "datetime": (datetime, datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=timezone.utc)),
    "timedelta": (timedelta, timedelta(hours=1, seconds=1, microseconds=5)),
    "enum": (Colour, Colour.BLUE),
    "literal": (Literal["a", "b"], "b"),
    "list": (List[List[int]], [[1], []]),
    "map": (Dict[str, float], {"a": 1.0}),
    "optional": (Optional[int], None),
    "optional given": (Optional[str], "a"),
    "union": (Union[int, float, str], 2.5),
    "dict": (dict, {"a": 1, "b": [1, "x", None], "c": {"d": 2.5}}),
    "dataclass": (Shape, Shape("s", [Point(1.0), Point(2.0, 3.0, "p")], {"w": 4.0}, "closed", Colour.BLUE, [1, 2])),
    "dataclass in a list": (List[Point], [Point(1.0)]),
    "optional dataclass": (Optional[Point], Point(1.0)),
    "union of a dataclass": (Union[Point, str, None], Point(1.0)),
    "model": (Order, Order(lines=[Line(sku="a", count=1)], by_name={"b": Line(sku="b", count=2, price=2.5)}, amount=1.5)),
    "model that contains itself": (Tree, Tree(value=1, children=[Tree(value=2)])),
}


async def main() -> None:
    out = []
    for name, (python_type, value) in cases.items():
        literal_type = TypeEngine.to_literal_type(python_type)
        literal = await TypeEngine.to_literal(value, python_type, literal_type)
        out.append(
            {
                "name": name,
                "type": MessageToDict(literal_type),
                "literal": base64.b64encode(literal.SerializeToString(deterministic=True)).decode(),
            }
        )
    print(json.dumps(out, indent=2))


asyncio.run(main())
