"""Data frames of pandas, which are Parquet between tasks."""

import flyte
import flyte.io
import pandas as pd

env = flyte.TaskEnvironment(name="frames")


@env.task
async def make(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"x": range(rows), "name": [f"row {n}" for n in range(rows)]})


@env.task
async def total(frame: flyte.io.DataFrame) -> int:
    return int((await frame.open(pd.DataFrame).all())["x"].sum())


@env.task
async def both(rows: int) -> int:
    return await total(flyte.io.DataFrame.wrap_df(await make(rows)))
