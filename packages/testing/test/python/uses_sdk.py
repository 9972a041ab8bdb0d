"""Uses Flyte's SDK as a program does, and prints what came of it as JSON."""

import asyncio
import datetime
import json
import pathlib
import sys
import tempfile

import features
import flyte
import flyte.errors
import flyte.remote
from flyte.io import Dir, File


async def outcome(run):
    await run.wait.aio(quiet=True)
    return (await run.outputs.aio())[0]


async def every_feature(seed: int):
    notes = str(pathlib.Path(tempfile.mkdtemp()) / "notes")
    context = flyte.with_runcontext(
        name=f"features-{seed}",
        env_vars={"OF_RUN": "run", "OF_BOTH": "run"},
        labels={"team": "ml"},
        annotations={"why": "test"},
        custom_context={"who": "run"},
        interruptible=True,
        max_action_concurrency=50,
    )
    return await outcome(await context.run.aio(features.everything, seed=seed, file=notes))


async def results_of_other_runs(seed: int):
    first = await outcome(await flyte.run.aio(features.cached_root, seed=seed))
    again = await outcome(await flyte.run.aio(features.cached_root, seed=seed))
    anew = await outcome(await flyte.with_runcontext(overwrite_cache=True).run.aio(features.cached_root, seed=seed))
    last = await outcome(await flyte.run.aio(features.cached_root, seed=seed))
    return {"reused": first == again, "overwritten": anew != first, "then reused": last == anew}


async def answers():
    run = await flyte.run.aio(features.approval)
    names = {"approve": True, "count": 7, "ratio": 0.5, "word": "because"}
    paused = {}
    while len(paused) < len(names):
        paused = {c.name: c async for c in flyte.remote.Condition.listall.aio(run.name)}
    for name, value in names.items():
        await paused[name].signal.aio(value)
    return await outcome(run)


async def files_of_the_client():
    here = pathlib.Path(tempfile.mkdtemp())
    (here / "one.txt").write_text("one")
    file = await File.from_local(str(here / "one.txt"))
    folder = await Dir.from_local(str(here))
    digest = await outcome(await flyte.run.aio(features.read_file, file))
    return [digest, await outcome(await flyte.run.aio(features.read_dir, folder))]


async def a_run_from_outside():
    run = await flyte.run.aio(features.double, x=21)
    watched = [details.phase.value async for details in run.watch()]
    found = await flyte.remote.Run.get.aio(run.name)
    details = await flyte.remote.ActionDetails.get.aio(run_name=run.name, name="a0")
    actions = [a.name async for a in flyte.remote.Action.listall.aio(for_run_name=run.name)]
    listed = [r.name async for r in flyte.remote.Run.listall.aio(task_name="features.double", limit=50)]
    again = await flyte.rerun.aio(run.name, x=5)
    return {
        "phase": found.phase.value,
        "done": found.done(),
        "inputs": dict(await found.inputs.aio()),
        "output": await outcome(found),
        "attempts": details.attempts,
        "transitions": [t.phase.value for t in details.get_phase_transitions()],
        "actions": actions,
        "listed": run.name in listed,
        "rerun": await outcome(again),
        "watched": watched[-1],
    }


async def a_failure_from_outside():
    run = await flyte.run.aio(features.fails, how="finally")
    await run.wait.aio(quiet=True)
    details = await flyte.remote.ActionDetails.get.aio(run_name=run.name, name="a0")
    refused = []
    for name, call in {
        "missing run": lambda: flyte.remote.Run.get.aio("nothing"),
        "missing task": lambda: flyte.remote.Task.get("features.nothing", auto_version="latest").fetch.aio(),
        "same name": lambda: flyte.with_runcontext(name=run.name).run.aio(features.double, x=1),
    }.items():
        try:
            await call()
        except BaseException as error:
            refused.append(f"{name}: {type(error).__name__} {error}")
    return {"phase": run.phase.value, "message": details.error_info.message, "refused": refused}


async def an_abort():
    run = await flyte.run.aio(features.nested_sleep)
    while len([a async for a in flyte.remote.Action.listall.aio(for_run_name=run.name)]) < 3:
        await asyncio.sleep(0.05)
    await run.abort.aio("no longer wanted")
    await run.wait.aio(quiet=True)
    details = await flyte.remote.ActionDetails.get.aio(run_name=run.name, name="a0")
    phases = [a.phase.value async for a in flyte.remote.Action.listall.aio(for_run_name=run.name)]
    return {"reason": details.abort_info.reason, "phases": phases}


async def triggers():
    await flyte.deploy.aio(features.scheduled_env, version="v1")
    start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=2)
    # Where creating it takes longer than until then, it fires a minute after.
    rate = flyte.Trigger("soon", flyte.FixedRate(1, start_time=start), inputs={"at": flyte.TriggerTime, "x": 3})
    await flyte.remote.Trigger.create.aio(rate, "scheduled.tell")
    cron = flyte.Trigger("daily", flyte.Cron("0 9 * * *", timezone="Europe/Berlin"), inputs={"at": flyte.TriggerTime})
    await flyte.remote.Trigger.create.aio(cron, "scheduled.tell")
    await flyte.remote.Trigger.update.aio("daily", "scheduled.tell", False)
    found = await flyte.remote.Trigger.get.aio(name="daily", task_name="scheduled.tell")
    names = sorted([t.name async for t in flyte.remote.Trigger.listall.aio(task_name="scheduled.tell")])
    fired = []
    while fired == []:
        fired = [r async for r in flyte.remote.Run.listall.aio(task_name="scheduled.tell")]
        await asyncio.sleep(0.1)
    told, x = (await outcome(fired[0])).split(" ")
    since = datetime.datetime.fromisoformat(told) - start
    fits = since >= datetime.timedelta(0) and since % datetime.timedelta(minutes=1) == datetime.timedelta(0)
    for name in names:
        await flyte.remote.Trigger.delete.aio(name, "scheduled.tell")
    left = [t.name async for t in flyte.remote.Trigger.listall.aio(task_name="scheduled.tell")]
    return {"names": names, "active": found.is_active, "told": fits and x == "3", "left": left}


async def deployed_tasks():
    task = flyte.remote.Task.get("scheduled.tell", version="v1")
    details = await task.fetch.aio()
    now = datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)
    run = await flyte.run.aio(details, at=now)
    entrypoints = [t.name async for t in flyte.remote.Task.listall.aio(by_task_env="scheduled", entrypoint=True)]
    return {
        "required": list(details.required_args),
        "defaults": list(details.default_input_args),
        "output": await outcome(run),
        "entrypoints": entrypoints,
    }


async def main():
    flyte.init_from_config()
    seed = int(sys.argv[1])
    parts = {
        "features": every_feature(seed),
        "cache": results_of_other_runs(seed),
        "answers": answers(),
        "files": files_of_the_client(),
        "run": a_run_from_outside(),
        "failure": a_failure_from_outside(),
        "abort": an_abort(),
        "triggers": triggers(),
    }
    results = await asyncio.gather(*parts.values(), return_exceptions=True)
    told = {name: repr(r) if isinstance(r, BaseException) else r for name, r in zip(parts, results)}
    told["deployed"] = await deployed_tasks()
    print("RESULT " + json.dumps(told))


asyncio.run(main())
