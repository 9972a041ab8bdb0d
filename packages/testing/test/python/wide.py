"""Parents with many children."""

import asyncio
from datetime import timedelta

import flyte
from flyte.extras import Sleep

leaves = flyte.TaskEnvironment(name="leaves", plugin_config=Sleep())
env = flyte.TaskEnvironment(name="wide", depends_on=[leaves])


@leaves.task
async def nap(duration: timedelta) -> None:
    """The server sleeps, and no process does."""


@env.task
async def naps(n: int) -> int:
    return len(await asyncio.gather(*[nap(timedelta(microseconds=number)) for number in range(n)]))


@env.task
async def square(x: int) -> int:
    return x * x


@env.task
async def squares(n: int) -> int:
    return sum([r async for r in flyte.map.aio(square, range(n), return_exceptions=False)])
