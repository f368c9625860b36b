// GET /api/v2/trace/{trace_id} and the legacy GET /api/v1/trace/{trace_id} (apis §1.9).
#pragma once

#include "api/reading.h"

namespace vizsla::api {

void add_trace_endpoints(http::Router& router, Reading& reading);

}  // namespace vizsla::api
