// What the routes whose payloads are stored have in common: which requests are the same, and how a refusal is said.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "http/router.h"

namespace vizsla::intake {

// An Agent cuts at 3.2 MB, but what is larger by itself comes whole (agent-protocol §10.1).
inline constexpr std::uint64_t kAgentBodyBytesMin = 64 << 20;

// From v0.4 on; older tracers know no 503 (architecture §5).
inline constexpr int kUnavailable = 503;

// What makes two requests the same: where it goes, who sends it, what it says. `headers` are those that matter on this
// route, beside those that say who it is. Zero for bodies as small as probes, which mean something each time.
Hash128 payload_hash(std::string_view route, const http::Request& request,
                     std::initializer_list<std::string_view> headers = {});

// The answer's status for a payload that can't be taken.
int status_of(const Error& error, int unavailable_status);

// For a request that no handler will see: the answer, and how it is counted.
http::Response refuse(http::Refused why, int unavailable_status);
std::string_view outcome_of(http::Refused why);

}  // namespace vizsla::intake
