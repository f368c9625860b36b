#include "store/read_limits.h"

namespace vizsla::store {

Result<void> ReadLimits::check() const {
  if (cancelled.stop_requested()) return fail(ErrorCode::Cancelled, "nobody waits for the answer any more");
  if (std::chrono::steady_clock::now() >= deadline)
    return fail(ErrorCode::Timeout,
                "the query took longer than it may (query.timeout_s); a shorter range of time takes less");
  return {};
}

}  // namespace vizsla::store
