#include "api/errors.h"

#include <atomic>
#include <random>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace vizsla::api {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput:
      return 400;
    case ErrorCode::Unsupported:
      return 400;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::LimitExceeded:
      return 413;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::Timeout:
      return 504;
    case ErrorCode::Cancelled:
      return 499;  // as nginx says it: only a client that has closed its half of the connection ever sees it
    case ErrorCode::Corrupt:
      return 500;
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

namespace {

// When it is a matter of waiting, says so to clients that repeat by themselves.
http::Response with_advice(http::Response response, ErrorCode code) {
  if (code == ErrorCode::Unavailable) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

http::Response plain_error(const Error& error) {
  JsonWriter json;
  json.object([&] { json.key("errors").array([&] { json.value(error.message); }); });
  return with_advice(http::json_response(http_status(error.code), json.text()), error.code);
}

http::Response json_api_error(int status, std::string_view title, std::string_view detail) {
  JsonWriter json;
  json.object([&] {
    json.key("errors").array([&] {
      json.object([&] {
        json.field("title", title);
        json.field("detail", detail);
        json.field("status", std::to_string(status));
      });
    });
  });
  http::Response response = http::json_response(status, json.text());
  response.content_type = kJsonApi;
  return response;
}

http::Response json_api_error(const Error& error) {
  const bool bad_argument = error.code == ErrorCode::InvalidInput || error.code == ErrorCode::Unsupported;
  return with_advice(json_api_error(http_status(error.code), "Generic Error",
                                    bad_argument ? fmt::format("invalid_argument({})", error.message) : error.message),
                     error.code);
}

http::Response ui_error(const Error& error, std::string_view request_id) {
  JsonWriter json;
  json.object([&] {
    json.field("code", to_string(error.code));
    json.field("message", error.message);
    json.field("request_id", request_id);
  });
  return with_advice(http::json_response(http_status(error.code), json.text()), error.code);
}

std::string new_request_id() {
  static const std::uint32_t process = std::random_device()();
  static std::atomic<std::uint64_t> count{0};
  return fmt::format("{:08x}-{}", process, ++count);
}

}  // namespace vizsla::api
