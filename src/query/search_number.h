// Numbers as the search language writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vizsla::query {

// "200", "-5", "99.5", "1e-6". Nothing for all else, infinity included.
std::optional<double> parse_number(std::string_view text);

// A duration: the whole nanoseconds that aren't above it, and whether there is more. What 64 bits don't hold is the
// nearest that they do.
struct Nanos {
  std::int64_t floor = 0;
  bool exact = true;

  bool operator==(const Nanos&) const = default;
};

// A decimal number ("1.5", "-3", "1e9") with a unit behind it: ns, us, µs, ms, s, m, h, d; nanoseconds without one.
// Exact, however many digits there are up to 19. Nothing for all else.
std::optional<Nanos> parse_nanos(std::string_view text);

}  // namespace vizsla::query
