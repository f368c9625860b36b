"""thinker-microservice: has a thought on each subject it is asked about, if it knows the subject.

An unknown subject fails inside (`think` raises KeyError) and is answered all the same: the inner span is an error, the
request isn't.
"""

import asyncio
from dataclasses import dataclass

from aiohttp import web
from ddtrace import tracer
from ddtrace.contrib.aiohttp import trace_app

from demo.apps.serving import announce_ready, listen


@dataclass(frozen=True)
class Thought:
    quote: str
    author: str


THOUGHTS = {
    "technology": Thought(
        quote="For a successful technology, reality must take precedence over public relations, "
        "for Nature cannot be fooled.",
        author="Richard Feynman",
    ),
}


@tracer.wrap(name="think")
async def think(subject: str) -> Thought:
    tracer.current_span().set_tag("subject", subject)
    await asyncio.sleep(0.5)
    return THOUGHTS[subject]


async def handle(request: web.Request) -> web.Response:
    answer = {}
    for subject in request.query.getall("subject", []):
        await asyncio.sleep(0.2)
        try:
            thought = await think(subject)
            answer[subject] = {"error": False, "quote": thought.quote, "author": thought.author}
        except KeyError:
            answer[subject] = {"error": True, "reason": "Subject unknown"}
    return web.json_response(answer)


async def on_startup(_: web.Application) -> None:
    announce_ready()


def main() -> None:
    app = web.Application()
    app.router.add_get("/", handle)
    app.on_startup.append(on_startup)
    trace_app(app)  # the one integration that has to be asked for; the service's name is $DD_SERVICE
    web.run_app(app, sock=listen(), print=None, access_log=None)


if __name__ == "__main__":
    main()
