"""Runs each of the tasks that end badly, and prints how they ended as JSON."""

import asyncio
import json

import ends
import flyte
import flyte.remote


async def end(task, variables=None, **inputs):
    run = await flyte.with_runcontext(copy_style="all", env_vars=variables).run.aio(task, **inputs)
    await run.wait.aio(quiet=True)
    details = await flyte.remote.ActionDetails.get.aio(run_name=run.name, name="a0")
    error = details.error_info
    logs = "".join([line async for line in run.get_logs.aio()])
    return {
        "phase": run.phase.value,
        "attempts": details.attempts,
        "kind": "user" if error.kind == error.KIND_USER else "system",
        "message": error.message,
        "logs": logs[-4000:],
    }


async def main():
    flyte.init_from_config()
    runs = {
        "raises": end(ends.raises),
        "syntax": end(ends.imports, module="broken_syntax"),
        "missing": end(ends.imports, module="no_such_package"),
        "module": end(ends.raises, variables={"WITHOUT_PACKAGE": "1"}),
        "exit": end(ends.leaves),
        "fault": end(ends.faults),
        "killed": end(ends.is_killed),
        "memory": end(ends.takes_all),
        "type": end(ends.returns_text),
        "outputs": end(ends.returns_two),
    }
    ended = await asyncio.gather(*runs.values())
    print("RESULT " + json.dumps(dict(zip(runs, ended))))


asyncio.run(main())
