"""Tasks that end badly, each in a way of its own."""

import ctypes
import os
import sys

import flyte

if os.environ.get("WITHOUT_PACKAGE"):
    import no_such_package

limited = flyte.TaskEnvironment(name="limited", resources=flyte.Resources(memory=("100Mi", "200Mi")))
env = flyte.TaskEnvironment(name="ends", depends_on=[limited])


@env.task
async def raises() -> None:
    rows = {"a": 1}
    print(rows["missing"])


@env.task
async def imports(module: str) -> None:
    __import__(module)


@env.task
async def leaves() -> None:
    sys.exit(3)


@env.task
async def faults() -> None:
    ctypes.string_at(0)


@env.task
async def is_killed() -> None:
    os.kill(os.getpid(), 9)


@limited.task
async def takes_all() -> int:
    return len(bytearray(600 * 1024 * 1024))


@env.task
async def returns_text() -> int:
    return "text"


@env.task
async def returns_two() -> int:
    return 1, 2
