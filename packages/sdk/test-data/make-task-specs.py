"""Writes python-task-specs.json: tasks as Flyte's own SDK describes them, one for each option.

    python make-task-specs.py > python-task-specs.json

Needs the package flyte. The same tasks are declared in ../test/python-task-specs.test.ts.
"""

import asyncio
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import flyte
from flyte import notify
from flyte._internal.runtime.notifications_serde import resolve_notification_settings
from flyte._internal.runtime.task_serde import translate_task_to_wire
from flyte._internal.runtime.trigger_serde import to_task_trigger
from flyte.models import ActionID, ActionPhase, RawDataPath, SerializationContext, TaskContext
from google.protobuf.json_format import MessageToDict


class Board:
    name = "board"
    icon_uri = "/i.png"

    def get_link(self, **_):
        return "https://board.test/{{.actionName}}"


minute = timedelta(minutes=1)

environments = {
    "plain": {},
    "interruptible": {"interruptible": True},
    "resources": {"resources": flyte.Resources(cpu=(1, 2), memory="512Mi", gpu=1, disk="1Gi")},
    "noGpu": {"resources": flyte.Resources(gpu=0)},
    "device": {"resources": flyte.Resources(gpu="A100:2", shm="auto")},
    "partition": {"resources": flyte.Resources(gpu=flyte.GPU("A100", 1, "1g.5gb"), shm="1Gi")},
    "slice": {"resources": flyte.Resources(gpu=flyte.TPU("V5P", "2x2x1"))},
    "neuron": {"resources": flyte.Resources(gpu=flyte.Neuron("Trn1"))},
    "amd": {"resources": flyte.Resources(gpu=flyte.AMD_GPU("MI300X"))},
    "gaudi": {"resources": flyte.Resources(gpu=flyte.HABANA_GAUDI("Gaudi1"))},
    "envVars": {"env_vars": {"A": "1"}},
    "secrets": {"secrets": ["api-key", flyte.Secret(key="token", group="db", as_env_var="DB")]},
    "secretFiles": {"secrets": [flyte.Secret(key="cert", mount=Path("/etc/flyte/secrets"))]},
    "podTemplate": {"pod_template": "big"},
    "reusable": {
        "reusable": flyte.ReusePolicy(replicas=(1, 3), concurrency=2, idle_ttl=60, scaledown_ttl=45, scope="run")
    },
}

tasks = {
    "shortName": {"short_name": "Short"},
    "retries": {"retries": flyte.RetryStrategy(count=3, backoff=flyte.Backoff(base=minute, factor=2.0, cap=3 * minute))},
    "timeout": {"timeout": flyte.Timeout(max_runtime=minute, max_queued_time=2 * minute, deadline=3 * minute)},
    "cache": {"cache": flyte.Cache("override", version_override="7", serialize=True, ignored_inputs=("n",))},
    "report": {"report": True},
    "links": {"links": (Board(),)},
    "taskPodTemplate": {"pod_template": "small"},
    "notInterruptible": {"interruptible": False},
}

triggers = {
    "cron": flyte.Trigger(
        "cron",
        flyte.Cron("0 9 * * *", timezone="Europe/Berlin"),
        description="each morning",
        inputs={"at": flyte.TriggerTime, "n": 2},
        env_vars={"A": "1"},
        labels={"l": "1"},
        annotations={"a": "1"},
        interruptible=False,
        overwrite_cache=True,
        queue="slow",
        max_action_concurrency=4,
    ),
    "rate": flyte.Trigger(
        "rate",
        flyte.FixedRate(90, start_time=datetime(2026, 1, 2, tzinfo=timezone.utc)),
        inputs={"at": flyte.TriggerTime, "n": 3},
        auto_activate=False,
    ),
    "artifact": flyte.Trigger(
        "artifact",
        flyte.OnArtifact("model", version="v2"),
        inputs={"at": datetime(2026, 1, 2, tzinfo=timezone.utc), "n": flyte.TriggeredArtifact},
    ),
}

failed = ActionPhase.FAILED
url = "https://hooks.test/x"
notifications = {
    "email": notify.Email(on_phase=failed, recipients=("a@b.c",), cc=("d@e.f",), subject="S", body="T", html_body="<b>H</b>"),
    "usualEmail": notify.Email(on_phase=(failed, ActionPhase.TIMED_OUT), recipients=("a@b.c",)),
    "slack": notify.Slack(on_phase=ActionPhase.SUCCEEDED, webhook_url=url, message="M"),
    "blocks": notify.Slack(on_phase=failed, webhook_url=url, blocks=({"type": "divider"},)),
    "teams": notify.Teams(on_phase=ActionPhase.ABORTED, webhook_url=url, title="T", message="M"),
    "card": notify.Teams(on_phase=failed, webhook_url=url, card={"type": "AdaptiveCard"}),
    "webhook": notify.Webhook(on_phase=failed, url=url, method="PUT", headers={"A": "b"}, body={"c": ["{{.Error}}"]}),
    "usualWebhook": notify.Webhook(on_phase=failed, url=url),
}

context = SerializationContext(version="v1", org="tern", project="p", domain="d", root_dir=Path(__file__).parent)
running = TaskContext(
    action=ActionID(name="a0"),
    version="v1",
    raw_data_path=RawDataPath(path="/raw"),
    output_path="/out",
    run_base_dir="/base",
    report=None,
)


def spec_of(environment, options):
    env = flyte.TaskEnvironment(name="same", image="python:3", **environment)

    @env.task(**options)
    async def task(n: int):
        pass

    spec = MessageToDict(translate_task_to_wire(task, context, task_context=running))
    template = spec["taskTemplate"]
    # What depends on the language, and not on the options.
    for key in ["id", "interface"]:
        del template[key]
    del template["container"]["args"]
    for key in ["runtime", "debuggable"]:
        template["metadata"].pop(key, None)
    if options.get("cache") is None:
        del template["metadata"]["discoveryVersion"]
    template.get("custom", {}).pop("version", None)
    return spec


def trigger_of(trigger):
    env = flyte.TaskEnvironment(name="same", image="python:3")

    @env.task
    async def task(at: datetime, n: int):
        pass

    inputs = translate_task_to_wire(task, context).task_template.interface.inputs
    return MessageToDict(asyncio.run(to_task_trigger(trigger, task.name, inputs, [])))


print(
    json.dumps(
        {
            "environments": {name: spec_of(options, {}) for name, options in environments.items()},
            "tasks": {name: spec_of({}, options) for name, options in tasks.items()},
            "triggers": {name: trigger_of(trigger) for name, trigger in triggers.items()},
            "notifications": {
                name: MessageToDict(resolve_notification_settings(notification)[1])
                for name, notification in notifications.items()
            },
        },
        indent=2,
        sort_keys=True,
    )
)
