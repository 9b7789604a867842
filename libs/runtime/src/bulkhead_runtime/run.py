"""How every process starts and ends: one event loop, one main coroutine, a graceful end by signal."""

import asyncio
import gc
import signal
from collections.abc import Coroutine, Mapping
from typing import Final

import uvloop

from bulkhead_runtime.logging import get_logger

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# Python looks for garbage cycles after every 700 new objects, which is many times in one reconcile. Some megabytes of
# garbage at most are the price of looking less often.
_GC_THRESHOLDS: Final = (5_000, 10, 10)
_LOG: Final = get_logger("process")


def run(main: Coroutine[object, object, None]) -> int:
    """Run `main` until it returns, fails, or SIGTERM or SIGINT comes, and give the process's exit status.

    A signal cancels `main`, which then cleans up and is done; a second one ends the process at once. The status is 0
    after a return or a signal, 1 after an exception, which is logged.
    """
    # What was imported stays for good, so no collection needs to look at it.
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    return uvloop.run(_supervise(main))


async def _supervise(main: Coroutine[object, object, None]) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_error)
    signalled = asyncio.Event()
    task = asyncio.current_task()

    def stop(number: int) -> None:
        _LOG.info("stopping", signal=signal.Signals(number).name)
        signalled.set()
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        if task is not None:
            task.cancel()

    for each in _SIGNALS:
        loop.add_signal_handler(each, stop, each)
    try:
        await main
    except asyncio.CancelledError:
        if not signalled.is_set():
            raise
    # The outermost place of the process: what arrives here ends it, and only the log can tell why.
    except Exception as error:  # noqa: BLE001
        _LOG.failure("process failed", error)
        return 1
    return 0


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    # asyncio's own handler writes the text of the exception and the repr of the task, which quotes it again.
    error = context.get("exception")
    if isinstance(error, BaseException):
        _LOG.failure("exception outside of any task", error)
    else:
        _LOG.error("event loop reports a problem")
