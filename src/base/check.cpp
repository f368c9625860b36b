#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vizsla {

void report_bug(std::string_view what, const char* file, int line) {
  // stdio and not the logger: this must work when everything else is broken.
  std::fprintf(stderr, "BUG: %.*s at %s:%d\n", static_cast<int>(what.size()), what.data(), file, line);
  std::abort();
}

}  // namespace vizsla
