"""Prints names, hashes and cache keys that Flyte's SDK makes of generated inputs, as JSON."""

import asyncio
import dataclasses
import datetime
import enum
import inspect
import json
import random
import string
import sys
from typing import Optional, Union

from flyte._internal.runtime import convert
from flyte._internal.runtime.types_serde import transform_native_to_typed_interface
from flyte.io import File
from flyte.models import ActionID, NativeInterface
from flyteidl2.core import tasks_pb2
from pydantic import BaseModel

chance = random.Random(int(sys.argv[1]))


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: float
    by_name: dict[str, int]


class Model(BaseModel):
    name: str
    points: list[Point]
    color: Color = Color.RED


def text() -> str:
    letters = string.ascii_letters + string.digits + " -_:;/\\\"'\n\té☃🪁\u0000"
    return "".join(chance.choice(letters) for _ in range(chance.randrange(12)))


def number() -> int:
    return chance.choice([0, 1, -1, 2**53 + 1, -(2**63), 2**63 - 1, chance.randrange(-1000, 1000)])


def fraction() -> float:
    return chance.choice([0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, float("inf"), chance.uniform(-10, 10)])


def moment() -> datetime.datetime:
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return start + datetime.timedelta(microseconds=chance.randrange(-(10**15), 4 * 10**15))


def span() -> datetime.timedelta:
    return datetime.timedelta(microseconds=chance.randrange(-(10**12), 10**12))


def names(of) -> dict:
    return {text(): of() for _ in range(chance.randrange(4))}


def some(of) -> list:
    return [of() for _ in range(chance.randrange(4))]


def point() -> Point:
    return Point(number(), fraction(), names(number))


def anything() -> dict:
    values = [number, fraction, text, lambda: None, lambda: some(number), lambda: names(text), lambda: chance.random() < 0.5]
    return {chance.choice([text, number])(): chance.choice(values)() for _ in range(chance.randrange(4))}


def hashed_file() -> File:
    return File(path=f"/data/{chance.random()}", hash=chance.choice([None, "abc", text()]) or None)


kinds = [
    (int, number),
    (float, fraction),
    (str, text),
    (bool, lambda: chance.random() < 0.5),
    (datetime.datetime, moment),
    (datetime.date, lambda: moment().date()),
    (datetime.timedelta, span),
    (list[int], lambda: some(number)),
    (list[list[str]], lambda: some(lambda: some(text))),
    (dict[str, float], lambda: names(fraction)),
    (dict[str, list[int]], lambda: names(lambda: some(number))),
    (dict, anything),
    (Optional[int], lambda: chance.choice([None, number()])),
    (Union[int, str, bool], lambda: chance.choice([number(), text(), True])),
    (Color, lambda: chance.choice(list(Color))),
    (Point, point),
    (Model, lambda: Model(name=text(), points=some(point), color=chance.choice(list(Color)))),
    (tuple[int, str], lambda: (number(), text())),
    (bytes, lambda: text().encode()),
    (File, hashed_file),
]


async def one() -> dict:
    chosen = [chance.choice(kinds) for _ in range(chance.randrange(5))]
    inputs = {f"{chance.choice('abcxyz')}{i}": (kind, make) for i, (kind, make) in enumerate(chosen)}
    native = NativeInterface(
        inputs={name: (kind, inspect.Parameter.empty) for name, (kind, _) in inputs.items()},
        outputs={f"o{i}": chance.choice(kinds)[0] for i in range(chance.randrange(3))},
    )
    values = {name: make() for name, (_, make) in inputs.items()}
    sent = (await convert.convert_from_native_to_inputs(native, **values)).proto_inputs
    interface = transform_native_to_typed_interface(native)
    ignored = [name for name in inputs if chance.random() < 0.2]
    template = tasks_pb2.TaskTemplate(interface=interface, metadata=tasks_pb2.TaskMetadata(discovery_version=text()))
    template.id.name = f"env.{chance.choice(['main', 'other'])}"
    hashed = convert.generate_inputs_hash_from_proto(sent)
    counted = convert.generate_filtered_inputs_hash(sent, ignored) if ignored else hashed
    identity = convert.generate_task_identity_hash(template)
    parent, seq, group = chance.choice(["a0", "d4jn31bl2wx35sxwvoduvpjpt"]), chance.randrange(1, 4), chance.choice(["", "group", "é 1"])
    version = template.metadata.discovery_version
    return {
        "inputs": sent.SerializeToString().hex(),
        "interface": interface.SerializeToString().hex(),
        "ignored": ignored,
        "task": template.id.name,
        "version": version,
        "parent": parent,
        "seq": seq,
        "group": group,
        "expected": {
            "inputsHash": hashed,
            "counted": counted,
            "interfaceHash": convert.generate_interface_hash(interface),
            "identity": identity,
            "name": ActionID(name=parent).new_sub_action_from(seq, identity, counted, group or None).name,
            "cacheKey": convert.generate_cache_key_hash(template.id.name, hashed, interface, version, ignored, sent),
        },
    }


async def main():
    print("RESULT " + json.dumps([await one() for _ in range(int(sys.argv[2]))]))


asyncio.run(main())
