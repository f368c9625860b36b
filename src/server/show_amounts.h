// Amounts as a terminal shows them: for commands, whose readers want to compare at a glance. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace vizsla::server {

// "0 B", "512 B", "1.5 KiB", "38.2 GiB".
std::string show_bytes(std::uint64_t bytes);
// "1,234,567".
std::string show_count(std::uint64_t count);
// "45 s", "12.5 min", "3.2 h", "30 days". Not for negative ones.
std::string show_span_of_time(UnixNanos ns);
// "2026-11-21 12:00:00Z".
std::string show_time(UnixNanos time);

}  // namespace vizsla::server
