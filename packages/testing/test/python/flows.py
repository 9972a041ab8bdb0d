"""Tasks that a workflow calls, and one that calls a workflow."""

import flyte
import flyte.remote

env = flyte.TaskEnvironment(name="flows_python")


@env.task
async def double(x: int) -> int:
    return 2 * x


@env.task
async def calls_workflow(x: int) -> int:
    workflow = flyte.remote.Task.get("flows.mixed", auto_version="latest")
    return await workflow(x=x)
