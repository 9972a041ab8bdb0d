"""The Python half of runs in two languages; the other is languages.ts."""

import dataclasses
import datetime
import enum
import hashlib
from typing import Optional, Union

import flyte
import flyte.errors
import flyte.remote
from flyte.io import Dir, File
from pydantic import BaseModel

env = flyte.TaskEnvironment(name="python")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: float
    tags: list[str]


class PydanticPoint(BaseModel):
    x: int
    y: float
    tags: list[str]


class Model(BaseModel):
    name: str
    points: list[Point]
    note: Optional[str] = None


@env.task
async def echo(
    i: int,
    f: float,
    s: str,
    b: bool,
    at: datetime.datetime,
    span: datetime.timedelta,
    items: list[int],
    by_name: dict[str, int],
    either: Union[int, str],
    maybe: Optional[int],
    color: Color,
    point: Point,
    model: Model,
    pair: tuple[int, str],
    nested: list[dict[str, list[float]]],
    untyped: dict,
) -> tuple[
    int,
    float,
    str,
    bool,
    datetime.datetime,
    datetime.timedelta,
    list[int],
    dict[str, int],
    Union[int, str],
    Optional[int],
    Color,
    Point,
    Model,
    tuple[int, str],
    list[dict[str, list[float]]],
    dict,
]:
    for value, kind in [(point, Point), (model, Model), (color, Color), (span, datetime.timedelta), (i, int)]:
        assert isinstance(value, kind), f"{value!r} is no {kind}"
    return i, f, s, b, at, span, items, by_name, either, maybe, color, point, model, pair, nested, untyped


given = {
    "i": 2**53 - 1,
    "f": 0.5,
    "s": "héllo ☃",
    "b": True,
    "at": datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc),
    "span": datetime.timedelta(hours=1, milliseconds=2),
    "items": [1, 2, 3],
    "by_name": {"a": 1, "b": 2},
    "either": "text",
    "maybe": None,
    "color": Color.BLUE,
    "point": Point(1, 2.5, ["q"]),
    "model": Model(name="n", points=[Point(3, 4.0, [])]),
    "pair": (1, "x"),
    "nested": [{"a": [1.0, 2.5]}],
    "untyped": {"a": [1, "b", None, {"c": 2.5}]},
}


@env.task
async def shift(at: datetime.datetime, label: str = "default") -> str:
    return f"{label} {at.isoformat()}"


@env.task
async def write_large(size: int) -> File:
    file = File.new_remote("large.bin")
    block = bytes(range(256)) * 4096
    async with file.open("wb") as out:
        for _ in range(size // len(block)):
            await out.write(block)
    return file


@env.task
async def digest(data: File) -> str:
    hashed = hashlib.sha256()
    async with data.open("rb") as contents:
        while block := bytes(await contents.read(2**20)):
            hashed.update(block)
    return hashed.hexdigest()


@env.task
async def write_folder() -> Dir:
    with open("in-folder.txt", "w") as file:
        file.write("here")
    return await Dir.from_local(".")


@env.task
async def names_in(folder: Dir) -> list[str]:
    return [file.name async for file in folder.walk() if file.name.startswith("in-")]


@env.task
async def raises(message: str) -> int:
    raise LookupError(message)


@env.task
async def seen_context() -> dict[str, str]:
    return dict(flyte.get_custom_context())


@env.task
async def context_to_typescript() -> dict[str, str]:
    see = flyte.remote.Task.get("typescript.seen_context", auto_version="latest")
    with flyte.custom_context(user="Ada"):
        with flyte.custom_context(team="blue"):
            return await see()


@env.task
async def more(
    day: datetime.date, by_number: dict[int, str], words: list[str]
) -> tuple[datetime.date, dict[int, str], list[str]]:
    assert day == datetime.date(2026, 1, 31) and by_number == {1: "one"}, f"{day!r} {by_number!r}"
    return day, by_number, sorted(words)


@env.task
async def calls_typescript() -> dict[str, str]:
    """Every value that both languages have goes there and comes back."""
    echo_there = flyte.remote.Task.get("typescript.echo", auto_version="latest")
    # To its callers, an enum of another language is the names of its members, and an object is one of pydantic.
    back = await echo_there(**{**given, "color": "BLUE", "point": PydanticPoint(x=1, y=2.5, tags=["q"])})
    differ = {}
    for name, value in zip(sorted(given), back):
        if plain(value) != plain(given[name]):
            differ[name] = f"{value!r} instead of {given[name]!r}"
    return differ


def plain(value):
    """The client rebuilds classes that it does not have, from their schemas."""
    if dataclasses.is_dataclass(value):
        return {k: plain(v) for k, v in vars(value).items()}
    if isinstance(value, BaseModel):
        return {k: plain(v) for k, v in value.model_dump().items()}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


@env.task
async def calls_kinds() -> dict[str, str]:
    """Tasks of TypeScript that are no functions: a script, and a query."""
    shout = flyte.remote.Task.get("typescript.shout", auto_version="latest")
    total = flyte.remote.Task.get("typescript.total", auto_version="latest")
    return {"shout": await shout(text="it's $HOME"), "total": str(await total(numbers=[1, 2, 39]))}


@env.task
async def catches_typescript() -> str:
    try:
        await flyte.remote.Task.get("typescript.throws", auto_version="latest")(message="over there")
    except flyte.errors.RuntimeUserError as error:
        return f"{error.code} {error.kind} {error}"
    return "nothing"
