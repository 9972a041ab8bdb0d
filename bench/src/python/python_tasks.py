"""The shapes of the public Flyte benchmark, as Flyte's own Python SDK writes them."""

import asyncio
import time
from datetime import timedelta

import flyte
from flyte.extras import Sleep

leaves = flyte.TaskEnvironment(name="leaves", plugin_config=Sleep())
env = flyte.TaskEnvironment(name="bench", depends_on=[leaves])


@leaves.task
async def leaf(duration: timedelta) -> None:
    """The server itself sleeps: nothing but the tracking of actions is measured."""


@env.task
async def fanout(n: int) -> float:
    """What the parent itself took of a processor, in seconds."""
    await asyncio.gather(*(leaf(timedelta(microseconds=number)) for number in range(n)))
    return time.process_time()


@env.task
async def chain(n: int) -> float:
    for number in range(n):
        await leaf(timedelta(microseconds=number))
    return time.process_time()
