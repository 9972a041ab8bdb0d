"""Tasks that do nothing, in a module that imports nothing."""

import time

import flyte

env = flyte.TaskEnvironment(name="trivial")


@env.task
async def nothing(n: int) -> int:
    return n + 1


@env.task
async def children(n: int) -> float:
    """How long each of its children took, one after another, in seconds."""
    began = time.perf_counter()
    for number in range(n):
        await nothing(number)
    return (time.perf_counter() - began) / n
