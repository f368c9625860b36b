import asyncio
import time

from demo.orchestrator.process import Process


def test_what_has_just_ended_can_be_stopped_and_keeps_its_status(caplog):
    async def stop_many() -> set[int]:
        statuses = set()
        for attempt in range(40):
            process = Process(["/bin/sh", "-c", "exit 3"])
            await process.start()
            time.sleep(attempt % 10 / 2000)  # it ends while nobody looks
            statuses.add(await process.stop(patience_s=1))
        return statuses

    assert asyncio.run(stop_many()) <= {3, 143}
    assert caplog.text == ""
