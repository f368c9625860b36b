#include "bench/payload_source.h"

#include <algorithm>

#include "bench/decode_form.h"
#include "bench/process_usage.h"

namespace vizsla::bench {
namespace {

// However thin the traffic is, a tracer doesn't hold its spans back for long.
constexpr std::int64_t kPayloadNsMax = 10 * kNanosPerMinute;
// From the start of a payload's last request to its receipt.
constexpr std::int64_t kDelayNs = 2 * kNanosPerSecond;

}  // namespace

PayloadSource::PayloadSource(const PayloadPlan& plan)
    : plan_(plan),
      traffic_(plan.seed),
      pipeline_(pipeline::TracePipeline::create({}).value()),
      random_(plan.seed),
      thread_([this] { run(); }) {}

PayloadSource::~PayloadSource() {
  stopped_ = true;
  free_.release();
}

const ReadyPayload* PayloadSource::next() {
  if (taken_ > 0) free_.release();
  ready_.acquire();
  const ReadyPayload& payload = slots_[taken_++ % kSlots];
  if (payload.batch.size() > 0) return &payload;
  // The end stays where it is, should somebody ask again.
  --taken_;
  ready_.release();
  return nullptr;
}

void PayloadSource::run() {
  for (std::size_t i = 0;; ++i) {
    free_.acquire();
    if (stopped_) return;
    ReadyPayload& slot = slots_[i % kSlots];
    make(slot);
    slot.cpu_seconds = thread_cpu_seconds();
    const bool end = slot.batch.size() == 0;
    ready_.release();
    if (end) return;
  }
}

void PayloadSource::make(ReadyPayload& into) {
  const bool late = std::uniform_real_distribution<>()(random_) < plan_.late_share;
  const std::int64_t late_ns = std::uniform_int_distribution(2 * kNanosPerHour, 6 * kNanosPerHour)(random_);
  const UnixNanos begin = time_at(spans_);
  const std::uint64_t spans_end = std::min(plan_.spans, spans_ + plan_.payload_spans);
  chunks_.clear();
  UnixNanos at = begin;
  while (spans_ < spans_end && at - begin < kPayloadNsMax) {
    for (TrafficChunk& chunk : traffic_.request(requests_++, late ? at - late_ns : at)) {
      spans_ += chunk.size();
      chunks_.push_back(std::move(chunk));
    }
    at = time_at(spans_);
  }
  into.batch.clear();
  into.requests = requests_;
  into.received_ns = at + kDelayNs;
  if (chunks_.empty()) return;

  std::string body = encode(chunks_, WireFormat::V04);
  const std::size_t body_bytes = body.size();
  body.resize(body_bytes + kPadding);
  const Bytes bytes = as_bytes(std::string_view(body).substr(0, body_bytes));
  Hasher128 hasher;
  hasher.update(bytes);
  into.hash = hasher.digest();
  VIZSLA_CHECK(decode_form(WireFormat::V04, bytes, into.batch).has_value());
  pipeline_.process(into.batch,
                    {.language = "python",
                     .tracer_version = "4.16.0",
                     .container_id = "",
                     .default_env = "none",
                     .default_host = "box"},
                    into.received_ns, into.stats);
}

UnixNanos PayloadSource::time_at(std::uint64_t spans) const {
  const double share = static_cast<double>(spans) / static_cast<double>(plan_.spans);
  return plan_.start_ns + static_cast<std::int64_t>(share * static_cast<double>(plan_.duration_ns));
}

}  // namespace vizsla::bench
