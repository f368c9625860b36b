"""doc_service: the smallest application worth tracing. GET /doc/ answers 42 after 1.1 s, 0.5 s of it in `doc_work`."""

import time

from ddtrace import tracer
from flask import Flask, Response

from demo.apps.serving import serve

app = Flask("doc_service")


@tracer.wrap(name="doc_work")
def work() -> int:
    time.sleep(0.5)
    return 42


@app.get("/doc/")
def doc_resource() -> Response:
    time.sleep(0.3)
    answer = work()
    time.sleep(0.3)
    return Response(str(answer), mimetype="application/json")


if __name__ == "__main__":
    serve(app)
