"""Starts Python tasks quickly: imports what all of them need once, and forks a process for each.

Tern's server runs this file with the interpreter and the variables of the tasks that it is for, and talks to it over
descriptor 3, a JSON document a line:

    <- {"ready": true} | {"unsafe": "why processes cannot be forked"}
    -> {"start": 7, "argv": ["a0", ...], "env": {...}, "cwd": "...", "bundle": null}
    <- {"started": 7, "pid": 4711} | {"refused": 7, "reason": "..."}
    <- {"ended": 7, "code": 3, "signal": null}

What a task writes goes over two connections to the socket that the first argument names; each begins with a line,
"7 stdout" or "7 stderr". When descriptor 3 is closed the server is gone, and what still runs is ended: asked first, and
made to after as many seconds as the second argument says.

A third argument, {"source": "...", "folder": "...", "modules": ["..."]}, names code to copy and import too: tasks that
share an environment for reuse find it loaded. "bundle" in a request, {"folder": "...", "name": "..."}, is a code bundle
that is unpacked already: the task has it in its working folder when it begins.

It needs Linux and Python 3.9 or later, and nothing else. It has one thread: with more, it could not be forked safely.
"""

import asyncio
import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import ssl
import stat
import sys
import threading
import time
import types

CONTROL = 3
PR_SET_PDEATHSIG = 1
ENTRY_POINT = "flyte._bin.runtime"
# What the entry point imports on its way to a task. Releases differ: what is not there is left out.
WARM = (
    "flyte",
    "flyte._bin",
    "flyte._initialize",
    "flyte._internal.controllers.remote",
    "flyte._internal.controllers.remote._client",
    "flyte._internal.image_cache",
    "flyte._internal.resolvers.default",
    "flyte._internal.runtime.entrypoints",
    "flyte._utils.asyncify",
    "flyte.git",
    "flyte.remote._client.auth._authenticators.factory",
    "flyte.remote._client.auth._interceptors.default_metadata",
    "flyte.remote._client.auth._interceptors.retry",
    "flyte.remote._client.auth._session",
    "flyte.remote._client.controlplane",
    "httpcore",
    "opentelemetry.metrics",
    "opentelemetry.propagate",
    "pyqwest._glue",
)

libc = ctypes.CDLL(None)


# Functions of Flyte without arguments that find out something once, and remember it.
FOUND_OUT_ONCE = (
    ("flyte._utils.entry_points", "_installed_entry_points"),
    ("flyte.remote._client.auth._session", "_supports_system_certs"),
)
# An interpreter without a locale gives itself one, and tells whoever it starts.
COERCED = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}
# Clients that a task makes before it begins, each with a context of its own.
CONTEXTS = 2


class Unsafe(Exception):
    """Why processes that are forked from this one could differ from fresh ones."""


class Task:
    """What a forked process is to run."""

    def __init__(self, argv, env, cwd, bundle=None, **_):
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.bundle = bundle

    def run(self, threads):
        os.environ.clear()
        os.environ.update(COERCED, **self.env)
        time.tzset()
        os.chdir(self.cwd)
        if self.bundle is not None:
            place_bundle(**self.bundle)
        if not getattr(sys.flags, "safe_path", False):
            sys.path.insert(0, self.cwd)
        sys.argv = [ENTRY_POINT, *self.argv]
        sys.orig_argv = [sys.executable, "-m", ENTRY_POINT, *self.argv]
        for thread in threads:
            make_startable(thread)
            thread.start()
        try:
            runpy.run_module(ENTRY_POINT, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            if end.code is not None and type(end.code) is not int:
                raise
            code = end.code or 0
        else:
            code = 0
        # Here the error holds on to nothing any more, and what is left to say about it is said.
        leave(code, self.cwd)


def make_startable(thread):
    """A fork takes all threads but its own for ended, those too that were never started."""
    if hasattr(thread, "_is_stopped"):
        thread._is_stopped = False
    # Since Python 3.13; later releases know those that were never started.
    handle = getattr(thread, "_handle", None)
    if handle is not None and handle.is_done():
        thread._handle = type(handle)()


def place_bundle(folder, name):
    """Leaves what Flyte's SDK leaves when it has unpacked a bundle, which it does not do twice."""
    try:
        shutil.copytree(folder, ".", symlinks=True, dirs_exist_ok=True)
        open(f".{name}.extracted", "x").close()
    except (OSError, shutil.Error):
        pass  # Then it unpacks the bundle.


def leave(code, cwd):
    """Ends the process as the interpreter would, but for what was there before the fork: to take all of that down would
    mean to copy it first."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for module in list(sys.modules.values()):
        # Others, which are loaded when something is asked of them, are not asked.
        path = vars(module).get("__file__") if type(module) is types.ModuleType else None
        if isinstance(path, str) and os.path.abspath(path).startswith(cwd + os.sep):
            vars(module).clear()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not getattr(stream, "closed", False):
            stream.flush()
    os._exit(code)


class ForkServer:
    def __init__(self, control, address, grace):
        self.control = control
        self.address = address
        self.grace = grace
        self.pid = os.getpid()
        self.received = b""
        self.running = {}
        self.wake_reader, self.wake_writer = socket.socketpair()
        for end in (self.wake_reader, self.wake_writer):
            end.setblocking(False)

    def send(self, message):
        try:
            self.control.sendall(json.dumps(message).encode() + b"\n")
        except ConnectionError:
            pass  # The server has gone, which is noticed where its requests are read.

    def serve(self):
        """Returns the task in each process that it forks, and None when the server has gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_writer.fileno(), warn_on_full_buffer=False)
        self.send({"ready": True})
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake_reader, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll()]
            if self.wake_reader.fileno() in ready:
                self.reap()
            if self.control.fileno() in ready:
                requests = self.receive()
                if requests is None:
                    return self.end_all()
                for request in requests:
                    task = self.start(request)
                    if task is not None:
                        return task

    def receive(self):
        try:
            chunk = self.control.recv(1 << 16)
        except ConnectionError:
            chunk = b""
        if chunk == b"":
            return None
        *lines, self.received = (self.received + chunk).split(b"\n")
        return [json.loads(line) for line in lines]

    def start(self, request):
        number = request["start"]
        outputs, pipe = [], ()
        try:
            outputs = [self.connect(f"{number} {name}\n") for name in ("stdout", "stderr")]
            pipe = os.pipe()
            pid = os.fork()
        except OSError as error:
            for end in pipe:
                os.close(end)
            self.send({"refused": number, "reason": str(error)})
        else:
            if pid == 0:
                self.become_task(outputs, *pipe)
                return Task(**request)
            self.running[pid] = number
            # When it has answered, it is a group of its own, which can be ended.
            os.close(pipe[1])
            os.read(pipe[0], 1)
            os.close(pipe[0])
            self.send({"started": number, "pid": pid})
        for connection in outputs:
            connection.close()
        return None

    def connect(self, greeting):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.address)
        connection.sendall(greeting.encode())
        return connection

    def become_task(self, outputs, pipe_reader, pipe_writer):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self.pid:
            os._exit(1)
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor, connection in enumerate(outputs, start=1):
            os.dup2(connection.fileno(), descriptor)
            connection.close()
        for opened in (self.control, self.wake_reader, self.wake_writer):
            opened.close()
        os.close(pipe_reader)
        os.write(pipe_writer, b"\n")
        os.close(pipe_writer)

    def reap(self):
        try:
            self.wake_reader.recv(4096)
        except BlockingIOError:
            pass
        for pid in list(self.running):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # What it left running goes with it. As long as it is not waited for, the number is its own.
            self.signal_group(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            number = self.running.pop(pid)
            killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            code = None if killed_by else os.WEXITSTATUS(status)
            self.send({"ended": number, "code": code, "signal": killed_by})

    @staticmethod
    def signal_group(pid, number):
        try:
            os.killpg(pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def end_all(self):
        for pid in self.running:
            self.signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        while self.running and time.monotonic() < deadline:
            select.select([self.wake_reader], [], [], 0.1)
            self.reap()
        for pid in self.running:
            self.signal_group(pid, signal.SIGKILL)


def import_warm():
    """Imports what tasks need, and returns the threads that this would have started."""
    threads = []
    start = threading.Thread.start
    threading.Thread.start = lambda thread: threads.append(thread)
    try:
        for name in WARM:
            try:
                importlib.import_module(name)
            except ImportError as error:
                if name == "flyte":
                    raise Unsafe(str(error))
    finally:
        threading.Thread.start = start
    return threads


def find_out():
    for module, name in FOUND_OUT_ONCE:
        function = getattr(sys.modules.get(module), name, None)
        if callable(function):
            try:
                function()
            except Exception:
                pass  # The task will see for itself.


class ReadyContexts:
    """TLS contexts that were made in advance: to read all certificates takes longer than many tasks do.

    Each is handed out once, to whoever asks for one with the very same arguments.
    """

    def __init__(self):
        self.original = ssl.create_default_context
        self.made = []

    def prepare(self):
        try:
            import httpx
        except ImportError:
            return
        ssl.create_default_context = self.make
        try:
            for _ in range(CONTEXTS):
                httpx.create_ssl_context()
        finally:
            ssl.create_default_context = self.original

    def make(self, *args, **kwargs):
        context = self.original(*args, **kwargs)
        self.made.append(((args, kwargs), context))
        return context

    def offer(self):
        if self.made:
            ssl.create_default_context = self.take

    def take(self, *args, **kwargs):
        for index, (wanted, context) in enumerate(self.made):
            if wanted == (args, kwargs):
                del self.made[index]
                if not self.made:
                    ssl.create_default_context = self.original
                return context
        return self.original(*args, **kwargs)


def import_shared(source, folder, modules):
    """Imports the code of an environment for reuse, as the entry point would."""
    os.makedirs(folder)
    if source is not None:
        shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, folder)
    try:
        for name in modules:
            importlib.import_module(name)
    except BaseException as error:
        raise Unsafe(f"{name} cannot be imported: {type(error).__name__}: {error}")
    finally:
        sys.path.remove(folder)


def event_loops():
    # Not isinstance: asking some objects for their class does things.
    return [found for found in gc.get_objects() if issubclass(type(found), asyncio.AbstractEventLoop)]


def renew(loop):
    """Gives an event loop that was never run descriptors of its own: two processes that share them hear each other."""
    shared = (loop._selector, loop._ssock, loop._csock)
    loop.__init__()
    for each in shared:
        each.close()


def sockets():
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                found.add(int(name))
        except OSError:
            pass  # The listing's own.
    return found


def check_safe(allowed_sockets):
    loops = event_loops()
    for loop in loops:
        if not isinstance(loop, asyncio.SelectorEventLoop) or loop.is_running():
            raise Unsafe(f"an event loop of {type(loop).__module__} is there already")
        allowed_sockets = allowed_sockets | {loop._ssock.fileno(), loop._csock.fileno()}
    if sockets() - allowed_sockets:
        raise Unsafe("connections were opened by an import")
    # Some libraries end their threads when their process is forked; others do not know that it happens.
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise Unsafe(f"{threads - 1} threads were started by an import")
    return loops


def main(address, grace, shared=None):
    control = socket.socket(fileno=CONTROL)
    control.set_inheritable(False)
    server = ForkServer(control, address, float(grace))
    own_sockets = sockets()
    contexts = ReadyContexts()
    sys.path.pop(0)
    try:
        threads = import_warm()
        find_out()
        contexts.prepare()
        if shared is not None:
            import_shared(**json.loads(shared))
        loops = check_safe(own_sockets)
    except Unsafe as error:
        server.send({"unsafe": str(error)})
        os._exit(0)
    gc.collect()
    gc.freeze()
    task = server.serve()
    if task is None:
        # What its imports registered for the end is for processes that ran a task.
        os._exit(0)
    for loop in loops:
        renew(loop)
    contexts.offer()
    task.run(threads)


main(*sys.argv[1:])
