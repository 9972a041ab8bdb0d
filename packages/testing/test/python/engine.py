"""What the engine does for tasks of Flyte's own SDK: caches, checkpoints, reports, traces, groups, conditions."""

import asyncio
import pathlib

import flyte
import flyte.errors
import flyte.report

env = flyte.TaskEnvironment(name="engine")
versioned = flyte.Cache(behavior="override", version_override="v1", ignored_inputs=("note",))


@env.task(cache=versioned)
async def cached(x: int, note: str) -> int:
    return x + 1


@env.task(cache=versioned)
async def nothing(x: int, note: str) -> None:
    print(f"nothing for {x}")


@env.task
async def calls(x: int, note: str) -> int:
    await nothing(x, note)
    return await cached(x, note)


@env.task(retries=2)
async def saves() -> str:
    checkpoint = flyte.ctx().checkpoint
    before = await checkpoint.load()
    attempt = flyte.ctx().attempt_number
    if attempt == 0:
        await checkpoint.save(b"half")
    if attempt < 2:
        raise ValueError("not yet")
    return pathlib.Path(before).read_text()


@flyte.trace
async def step(x: int) -> int:
    return x + 1


@env.task(report=True)
async def shows(x: int) -> str:
    flyte.report.get_tab("main").log("<b>halfway</b>")
    await flyte.report.flush.aio()
    with flyte.group("asked"):
        condition = await flyte.new_condition.aio("go", prompt="Go on?", data_type=int)
    answer = await condition.wait.aio() + await step(x)
    flyte.report.get_tab("main").log("<b>done</b>")
    await flyte.report.flush.aio()
    return str(answer)


@flyte.trace
async def flaky_step(notes: str) -> int:
    times = noted(notes)
    if times == 1:
        raise ConnectionError("once more")
    return times


@flyte.trace
async def final_step(notes: str) -> int:
    noted(notes)
    raise flyte.errors.NonRecoverableError("never")


def noted(notes: str) -> int:
    with open(notes, "a") as file:
        file.write("called\n")
    return len(pathlib.Path(notes).read_text().splitlines())


@env.task(retries=3)
async def traces_errors(notes: str) -> str:
    flaky = await flaky_step(f"{notes}.flaky")
    try:
        await final_step(f"{notes}.final")
    except flyte.errors.RuntimeUserError as error:
        final = str(error)
    if flyte.ctx().attempt_number < 3:
        raise RuntimeError("all of it once more")
    return f"{flaky} {final} {noted(f'{notes}.flaky') - 1} {noted(f'{notes}.final') - 1}"
