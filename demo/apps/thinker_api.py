"""thinker-api: takes a reader's question and passes it on to thinker-microservice.

The tracer adds the distributed tracing headers to the call, so both services end up in one trace.
"""

import os

import requests
from flask import Flask, Response
from flask import request as flask_request

from demo.apps.serving import serve

app = Flask("thinker-api")


@app.get("/think/")
def think_handler() -> Response:
    thoughts = requests.get(
        os.environ["THINKER_URL"] + "/",
        params={"subject": flask_request.args.getlist("subject")},
        timeout=30,
    )
    return Response(thoughts.content, status=thoughts.status_code, mimetype="application/json")


if __name__ == "__main__":
    serve(app)
