#include "intake/payload_request.h"

namespace vizsla::intake {
namespace {

// Probes of tracers (`90`, `92 90 90`, `[]`) are as small as this (agent-protocol §1.6).
constexpr std::size_t kProbeBytesMax = 16;

}  // namespace

Hash128 payload_hash(std::string_view route, const http::Request& request,
                     std::initializer_list<std::string_view> headers) {
  if (request.body.size() <= kProbeBytesMax) return {};
  Hasher128 hasher;
  hasher.update_field(route);
  for (const std::string_view header : {"Content-Type", "Datadog-Meta-Lang", "Datadog-Meta-Tracer-Version",
                                        "Datadog-Entity-ID", "Datadog-Container-ID", "X-Datadog-Process-Tags"}) {
    hasher.update_field(request.headers.get(header));
  }
  for (const std::string_view header : headers) hasher.update_field(request.headers.get(header));
  hasher.update(request.body.bytes());
  return hasher.digest();
}

int status_of(const Error& error, int unavailable_status) {
  switch (error.code) {
    case ErrorCode::InvalidInput:
      return 400;
    case ErrorCode::LimitExceeded:
      return 413;
    default:
      return unavailable_status;
  }
}

http::Response refuse(http::Refused why, int unavailable_status) {
  if (why == http::Refused::NoRoom)
    return http::text_response(unavailable_status, "too much is being processed; try again\n");
  return http::refuse_in_plain_text(why);
}

std::string_view outcome_of(http::Refused why) {
  static constexpr std::string_view kOutcomes[] = {"payload_too_large", "no_room", "timeout", "malformed_http",
                                                   "unsupported_encoding"};
  return kOutcomes[static_cast<std::size_t>(why)];
}

}  // namespace vizsla::intake
