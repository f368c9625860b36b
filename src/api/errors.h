// The one table from errors to HTTP, in the three shapes in which clients expect them (apis §1.2).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace vizsla::api {

int http_status(ErrorCode code);

// {"errors":["…"]}: all of /api/v1.
http::Response plain_error(const Error& error);

// JSON:API: spans search, traces.
http::Response json_api_error(const Error& error);
http::Response json_api_error(int status, std::string_view title, std::string_view detail);

// {"code","message","request_id"}: /api/ui.
http::Response ui_error(const Error& error, std::string_view request_id);

// A name for a request that is on its answer and in our log: short, and different for each.
std::string new_request_id();

inline constexpr std::string_view kJsonApi = "application/vnd.api+json";

}  // namespace vizsla::api
