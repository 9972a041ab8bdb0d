"""Tasks for the test of Flyte's own Python SDK."""

import asyncio

import flyte

env = flyte.TaskEnvironment(name="pipeline")


@env.task
async def square(x: int) -> int:
    print(f"squaring {x}")
    return x * x


@env.task
async def main(n: int) -> int:
    squares = await asyncio.gather(*[square(x=i) for i in range(n)])
    return sum(squares)


@env.task
async def fail(reason: str) -> int:
    raise ValueError(reason)
