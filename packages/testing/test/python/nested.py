"""A task that calls itself, level by level, where there is room for one at a time."""

import asyncio

import flyte

env = flyte.TaskEnvironment(name="nested", resources=flyte.Resources(cpu=1, memory="1Gi"))


@env.task
async def leaf(n: int) -> int:
    return n


@env.task
async def down(n: int) -> int:
    if n == 0:
        return 1
    below, _ = await asyncio.gather(down(n - 1), leaf(n))
    return below + 2
