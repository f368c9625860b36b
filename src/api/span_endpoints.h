// POST /api/v2/spans/events/search and GET /api/v2/spans/events (apis §1.7).
#pragma once

#include "api/reading.h"

namespace vizsla::api {

void add_span_endpoints(http::Router& router, Reading& reading);

}  // namespace vizsla::api
