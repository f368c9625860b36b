// /api/ui/spans, /api/ui/traces and below: what the UI and the command line need beyond the public API (ui.md B.6).
#pragma once

#include "api/reading.h"

namespace vizsla::api {

void add_ui_endpoints(http::Router& router, Reading& reading);

}  // namespace vizsla::api
