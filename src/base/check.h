// VIZSLA_CHECK(condition): "this can't happen". On in release builds too: a wrong number on a page is worse than a
// restart, and what was acknowledged is in the log. Never on data from outside; that gets an Error.
#pragma once

#include <string_view>

namespace vizsla {

// Prints "BUG: <what> at <file>:<line>" to stderr and aborts.
[[noreturn]] void report_bug(std::string_view what, const char* file, int line);

}  // namespace vizsla

#define VIZSLA_CHECK(condition)                             \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::vizsla::report_bug(#condition, __FILE__, __LINE__); \
  } while (false)
