// The questions that store_bench asks a filled store, as a table: a new one is one entry in store_questions.cpp.
//
// A question draws its arguments anew each time it is asked. Drawing them isn't measured, asking is. Answers are
// checked as far as the traffic tells what they must be: a fast wrong one is no figure.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bench/store_filler.h"
#include "bench/traffic.h"
#include "store/span_store.h"

namespace vizsla::bench {

// What questions draw their arguments from. One thread at a time.
class Asker {
 public:
  Asker(store::SpanReader& reader, const FilledStore& filled)
      : reader_(reader), filled_(filled), traffic_(filled.seed), random_(filled.seed) {}

  struct Request {
    std::uint64_t trace_id = 0;
    std::size_t spans = 0;
  };

  // Any request of about 35 spans (30 to 40) that went through several services.
  Request request();

  // Any span that was sent; its times aren't those with which it was.
  TrafficSpan span();

  // As many nanoseconds that lie somewhere in the middle half of the data.
  query::TimeRange time_in_the_middle(std::int64_t length_ns);

  std::uint64_t number() { return random_(); }

  [[nodiscard]] store::SpanReader& reader() const { return reader_; }
  [[nodiscard]] const FilledStore& filled() const { return filled_; }

 private:
  store::SpanReader& reader_;
  const FilledStore filled_;
  const Traffic traffic_;
  std::mt19937_64 random_;
};

struct Question {
  // Asks, and gives how many spans or traces it found.
  using Ask = std::function<Result<std::size_t>()>;

  std::string_view name;
  std::string_view about;
  Ask (*draw)(Asker&);
};

std::span<const Question> questions();

}  // namespace vizsla::bench
