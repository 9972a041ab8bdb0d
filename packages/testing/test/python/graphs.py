"""The Python half of workflows whose nodes are of both languages; the other is graphs.ts."""

import dataclasses

import flyte
import flyte.remote

env = flyte.TaskEnvironment(name="py_graphs")


@dataclasses.dataclass
class Reading:
    site: str
    values: list[float]


@env.task
async def measure(site: str, count: int) -> Reading:
    return Reading(site=site.upper(), values=[index - 1.5 for index in range(count)])


@env.task
async def checked(value: float, factor: int = 10) -> float:
    if value < 0:
        raise ValueError(f"{value} is negative")
    return value * factor


@env.task
async def told(site: str, err: dict) -> str:
    return f"{site}: {err['failedNodeId']} {err['code']} {len(err['failures'])}"


@env.task
async def calls_mixed(site: str) -> str:
    mixed = flyte.remote.Task.get("graphs.mixed", auto_version="latest")
    mean, name, second, *rest = await mixed(site=site)
    return f"{sorted([str(mean), str(name), str(second)])} {rest}"
