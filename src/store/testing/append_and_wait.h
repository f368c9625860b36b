// A store's append as a plain call.
#pragma once

#include <future>

#include "store/span_store.h"

namespace vizsla::store::testing {

inline Result<void> append_and_wait(SpanWriter& writer, const model::SpanBatch& batch, Hash128 payload = {},
                                    const model::StatsBatch& stats = {}) {
  std::promise<Result<void>> answer;
  writer.append(batch, stats, payload, [&](Result<void> outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

}  // namespace vizsla::store::testing
