"""What Flyte's tasks can do, each in a task that says what came of it."""

import asyncio
import dataclasses
import datetime
import enum
import hashlib
import os
import random
import signal
from typing import Literal, Optional, Union

import flyte
import flyte.durable
import flyte.errors
import flyte.report
from flyte.io import Dir, File
from pydantic import BaseModel

env = flyte.TaskEnvironment(name="features", env_vars={"OF_TASK": "task", "OF_BOTH": "task"})


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: float = 1.5
    tags: list[str] = dataclasses.field(default_factory=list)


class Model(BaseModel):
    name: str
    color: Color = Color.RED
    inner: Optional[Point] = None


@env.task
async def echo(
    i: int,
    f: float,
    s: str,
    b: bool,
    at: datetime.datetime,
    day: datetime.date,
    span: datetime.timedelta,
    items: list[int],
    by_name: dict[str, int],
    by_number: dict[int, str],
    nothing: Optional[int],
    either: Union[int, str],
    color: Color,
    point: Point,
    model: Model,
    pair: tuple[int, str],
    letter: Literal["a", "b"],
    raw: bytes,
    nested: list[dict[str, list[float]]],
) -> tuple[
    int,
    float,
    str,
    bool,
    datetime.datetime,
    datetime.date,
    datetime.timedelta,
    list[int],
    dict[str, int],
    dict[int, str],
    Optional[int],
    Union[int, str],
    Color,
    Point,
    Model,
    tuple[int, str],
    str,
    bytes,
    list[dict[str, list[float]]],
]:
    return (i, f, s, b, at, day, span, items, by_name, by_number, nothing, either, color, point, model, pair, letter, raw, nested)


@env.task
async def values() -> str:
    given = {
        "i": 2**53 + 1,
        "f": 0.1,
        "s": "héllo ☃",
        "b": True,
        "at": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc),
        "day": datetime.date(2024, 2, 29),
        "span": datetime.timedelta(days=-1, microseconds=3),
        "items": [1, 2, 3],
        "by_name": {"a": 1, "b": 2},
        "by_number": {1: "x"},
        "nothing": None,
        "either": "text",
        "color": Color.BLUE,
        "point": Point(1, 2.5, ["q"]),
        "model": Model(name="n", inner=Point(3)),
        "pair": (1, "x"),
        "letter": "a",
        "raw": b"\x00\xff",
        "nested": [{"a": [1.0, 2.0]}],
    }
    returned = await echo(**given)
    wrong = [name for (name, value), back in zip(given.items(), returned) if back != value]
    return "as given" if wrong == [] else f"differ: {wrong}"


@env.task
async def double(x: int) -> int:
    return 2 * x


@env.task
def increment(x: int) -> int:
    return x + 1


@env.task
def blocking(n: int) -> int:
    return sum(increment(x) for x in range(n))


@env.task
async def grouped() -> int:
    with flyte.group("first"):
        first = await asyncio.gather(*[double(x) for x in range(2)])
    with flyte.group("second"):
        second = await asyncio.gather(*[double(x) for x in range(2)])
    return sum(first) + sum(second)


@env.task
async def mapped() -> str:
    results = [r async for r in flyte.map.aio(odd, range(4), concurrency=2)]
    return str([r if isinstance(r, int) else type(r).__name__ for r in results])


@env.task
async def odd(x: int) -> int:
    if x == 3:
        raise ValueError("three")
    return 2 * x + 1


@env.task
async def nested(depth: int) -> int:
    return 0 if depth == 0 else 1 + await nested(depth - 1)


@env.task(retries=2)
async def retried() -> int:
    attempt = int(flyte.ctx().attempt_number)
    if attempt < 2:
        raise RuntimeError(f"attempt {attempt}")
    return attempt


@env.task(retries=1)
async def checkpointed() -> str:
    checkpoint = flyte.ctx().checkpoint
    before = await checkpoint.load()
    if before is None:
        await checkpoint.save(b"what the first attempt knew")
        raise RuntimeError("once more")
    return before.read_text()


@env.task(timeout=1)
async def slow() -> None:
    await asyncio.sleep(60)


@env.task
async def timed_out() -> str:
    try:
        await slow()
    except flyte.errors.TaskTimeoutError as error:
        return error.code
    return "in time"


@env.task
async def sleeper(seconds: float, began: str = "") -> None:
    if began != "":
        open(began, "w").close()
    await asyncio.sleep(seconds)


@env.task
async def cancels(began: str) -> str:
    child = asyncio.create_task(sleeper(600.0, began))
    while not os.path.exists(began):
        await asyncio.sleep(0.05)
    child.cancel()
    try:
        await child
    except asyncio.CancelledError:
        return "cancelled"
    return "not cancelled"


class Trouble(Exception):
    pass


@env.task(retries=1)
async def fails(how: str) -> None:
    if how == "finally":
        raise flyte.errors.NonRecoverableError("never again")
    raise Trouble("in the child")


@env.task
async def catches() -> str:
    caught = []
    for how in ["class", "finally"]:
        try:
            await fails(how)
        except flyte.errors.RuntimeUserError as error:
            caught.append(f"{error.code} {error.kind} {error}")
    return "; ".join(caught)


@env.task
async def custom() -> dict[str, str]:
    return flyte.get_custom_context()


@env.task
async def customs() -> str:
    with flyte.custom_context(who="parent"):
        return str(await custom())


@env.task
async def place() -> str:
    ctx = flyte.ctx()
    variables = [os.environ.get(name, "") for name in ["OF_TASK", "OF_BOTH", "OF_RUN"]]
    where = f"{ctx.action.project}/{flyte.current_domain()} {ctx.action.name} {ctx.is_in_cluster()} {ctx.custom_context}"
    return f"{where} {variables}"


@env.task(cache="auto")
async def cached(x: int) -> float:
    return random.random()


@env.task(cache=flyte.Cache("override", version_override="1", ignored_inputs=("note",), serialize=True))
async def cached_once(x: int, note: str) -> float:
    return random.random()


@env.task
async def caches(seed: int) -> str:
    before, after = await cached(seed), await cached(seed)
    one, other = await asyncio.gather(cached_once(seed, "a"), cached_once(seed, "b"))
    without = await cached.override(cache="disable")(seed)
    return f"{before == after} {one == other} {without != before}"


@env.task(cache="auto")
async def cached_root(seed: int) -> float:
    return random.random()


@env.task(report=True)
async def reports() -> str:
    await flyte.report.log.aio("<h1>The first tab</h1>", do_flush=True)
    flyte.report.get_tab("Second").log("<b>the second</b>")
    await flyte.report.flush.aio()
    return "reported"


@flyte.trace
async def noted(file: str) -> int:
    with open(file, "a") as notes:
        notes.write("called\n")
    return 7


@flyte.trace
def plus(x: int) -> int:
    return x + 100


@env.task
async def traces(file: str) -> str:
    seven = await noted(file)
    if not os.path.exists(f"{file}.killed"):
        open(f"{file}.killed", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    with open(file) as notes:
        return f"{seven} {plus(1)} {len(notes.readlines())}"


@env.task
async def late() -> str:
    condition = await flyte.new_condition.aio("late", prompt="Now?", data_type=bool, timeout=1)
    try:
        return str(await condition.wait.aio())
    except flyte.errors.ConditionTimedoutError as error:
        return error.code


@env.task
async def approval() -> str:
    approve = await flyte.new_condition.aio("approve", prompt="Approve?", data_type=bool)
    count = await flyte.new_condition.aio("count", prompt="How many?", data_type=int)
    ratio = await flyte.new_condition.aio("ratio", prompt="Which part?", data_type=float)
    word = await flyte.new_condition.aio("word", prompt="*Why?*", prompt_type="markdown", data_type=str)
    answers = [await c.wait.aio() for c in (approve, count, ratio, word)]
    return str(answers)


@env.task
async def write_file(text: str) -> File:
    with open("written.txt", "w") as file:
        file.write(text)
    return await File.from_local("written.txt")


@env.task
async def stream_file(size: int) -> File:
    file = File.new_remote("streamed.bin")
    async with file.open("wb") as out:
        await out.write(b"y" * size)
    return file


@env.task
async def write_dir() -> Dir:
    os.makedirs("some/sub")
    for name in ["some/a.txt", "some/sub/b.txt"]:
        with open(name, "w") as file:
            file.write(name)
    return await Dir.from_local("some")


@env.task
async def read_file(file: File) -> str:
    async with file.open("rb") as data:
        return hashlib.sha256(bytes(await data.read())).hexdigest()


@env.task
async def read_dir(folder: Dir) -> list[str]:
    here = await folder.download()
    return sorted(os.path.relpath(os.path.join(root, name), here) for root, _, names in os.walk(here) for name in names)


@env.task
async def files() -> str:
    written = await read_file(await write_file("text")) == hashlib.sha256(b"text").hexdigest()
    streamed = await read_file(await stream_file(1000)) == hashlib.sha256(b"y" * 1000).hexdigest()
    return f"{written} {streamed} {await read_dir(await write_dir())}"


@env.task
async def sleeps() -> str:
    before = await flyte.durable.time.aio()
    await flyte.durable.sleep.aio(0.1)
    return str(await flyte.durable.time.aio() - before >= 0.1)


@env.task
async def everything(seed: int, file: str) -> dict[str, str]:
    """Calls all of them at once.

    Args:
        seed: another one for each run, as there are caches
        file: where to take notes
    """
    features = {
        "values": values(),
        "blocking": blocking.aio(3),
        "groups": grouped(),
        "map": mapped(),
        "nested": nested(3),
        "retries": retried(),
        "checkpoints": checkpointed(),
        "timeouts": timed_out(),
        "cancels": cancels(f"{file}.began"),
        "errors": catches(),
        "context": customs(),
        "place": place(),
        "caches": caches(seed),
        "reports": reports(),
        "traces": traces(file),
        "conditions": late(),
        "files": files(),
        "durable": sleeps(),
        "override": double.override(short_name="twice", retries=3)(4),
    }
    results = await asyncio.gather(*features.values(), return_exceptions=True)
    return {name: f"{type(r).__name__} {r}" if isinstance(r, BaseException) else str(r) for name, r in zip(features, results)}


@env.task
async def nested_sleep() -> None:
    await asyncio.gather(sleeper(600.0), sleeper(601.0))


scheduled_env = flyte.TaskEnvironment(name="scheduled")


@scheduled_env.task(entrypoint=True)
async def tell(at: datetime.datetime, x: int = 1) -> str:
    return f"{at.isoformat()} {x}"


@scheduled_env.task
async def other() -> None:
    pass
