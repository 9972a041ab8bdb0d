"""A task in a package, which imports from another."""

import os

import flyte
import flyte.report
from nested.numbers import add

env = flyte.TaskEnvironment(name="options", env_vars={"OF_TASK": "task", "OF_BOTH": "task"})


@env.task
async def variables(n: int = 1) -> str:
    """Tells what it finds.

    Args:
        n: a number
    """
    found = [os.environ.get(name, "-") for name in ["OF_TASK", "OF_BOTH", "OF_RUN"]]
    return f"{' '.join(found)} {add(n, 1)}"


@env.task(report=True)
async def reports() -> str:
    flyte.report.log("<h1>first tab</h1>")
    flyte.report.get_tab("Second").log("<b>second tab</b>")
    await flyte.report.flush.aio()
    condition = await flyte.new_condition.aio("seen", prompt="Have you seen it?", data_type=str)
    return await condition.wait.aio()
