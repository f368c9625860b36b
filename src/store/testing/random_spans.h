// Payloads made from a seed: traces of several services, with everything that a span can have, some of it odd.
#pragma once

#include <random>

#include <fmt/format.h>

#include "model/testing/batch_builder.h"

namespace vizsla::store::testing {

struct RandomSpans {
  explicit RandomSpans(std::uint64_t seed) : random(seed) {}

  std::mt19937_64 random;
  bool copies = true;  // some spans come twice

  std::uint64_t below(std::uint64_t n) { return random() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  // One chunk of one trace. Small trace numbers come back, so that traces are made of several chunks.
  void chunk(model::testing::BatchBuilder& builder, UnixNanos now) {
    const std::uint64_t trace = one_in(3) ? 1 + below(20) : random() | 1;
    const std::uint64_t spans = one_in(20) ? 1 + below(200) : 1 + below(12);
    const std::string service = fmt::format("service-{}", below(5));
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < spans; ++i) {
      model::testing::SpanSpec span;
      span.trace = trace;
      span.trace_high = trace <= 20 ? (one_in(2) ? 0 : 7) : one_in(2) ? 0 : random();
      span.span = random() | 1;
      span.parent = ids.empty() || one_in(30) ? (one_in(2) ? 0 : random() | 1) : ids[below(ids.size())];
      ids.push_back(span.span);
      span.service = one_in(4) ? fmt::format("db-{}", below(3)) : service;
      span.operation = fmt::format("operation.{}", below(10));
      span.resource = one_in(3) ? fmt::format("GET /thing/{}", random()) : fmt::format("GET /thing/{}", below(8));
      span.type = one_in(4) ? "" : one_in(2) ? "web" : "sql";
      span.start = now - static_cast<UnixNanos>(below(20 * kNanosPerMinute));
      if (one_in(50)) span.start = now - static_cast<UnixNanos>(below(40 * kNanosPerHour));
      if (one_in(500)) span.start = one_in(2) ? 946'684'800'000'000'001 : 7'258'118'400'000'000'000;
      span.duration = one_in(10) ? 0 : static_cast<std::int64_t>(below(std::uint64_t{1} << below(40)));
      span.error = one_in(15);
      span.env = one_in(4) ? "prod" : "test";
      span.version = one_in(2) ? "" : fmt::format("1.{}", below(3));
      span.host = one_in(3) ? "" : fmt::format("box-{}", below(3));
      span.kind = static_cast<model::SpanKind>(below(6));
      span.http_status = static_cast<std::uint16_t>(one_in(2) ? 0 : 100 + below(500));
      span.is_entry = one_in(4);
      span.sampling_priority =
          static_cast<std::int8_t>(one_in(3) ? model::kNoPriority : static_cast<std::int64_t>(below(4)) - 1);
      const std::uint64_t tags = below(8);
      for (std::uint64_t t = 0; t < tags; ++t) {
        const std::string key = one_in(20) ? fmt::format("rare.{}", below(1000)) : fmt::format("tag.{}", t);
        span.meta.emplace_back(key, one_in(2) ? fmt::format("value {}", random()) : fmt::format("value {}", below(4)));
      }
      if (one_in(3)) span.meta.emplace_back("http.method", one_in(2) ? "GET" : "POST");
      if (one_in(9)) span.meta.emplace_back("empty", "");
      if (one_in(40)) span.meta.emplace_back("long", std::string(below(5000), 'x'));
      if (one_in(40)) span.meta.emplace_back("User", "a"), span.meta.emplace_back("user", "b");
      if (one_in(3)) span.metrics.emplace_back("_sampling_priority_v1", 1);
      if (one_in(3)) span.metrics.emplace_back("number", std::bit_cast<double>(random() & 0x7fefffffffffffff));
      if (one_in(2)) span.metrics.emplace_back("retries", static_cast<double>(below(4)));
      // The same key as a text, as a number, as both, as a number twice.
      if (one_in(4)) span.meta.emplace_back("code", fmt::format("{}", 200 + below(3)));
      if (one_in(4)) span.metrics.emplace_back("code", static_cast<double>(200 + below(3)));
      if (one_in(8)) span.metrics.emplace_back("code", static_cast<double>(200 + below(3)));
      if (one_in(50)) span.metrics.emplace_back("_dd.partial_version", static_cast<double>(below(3)));
      if (one_in(30)) span.links = R"([{"trace_id":"0","span_id":"1"}])";
      if (one_in(30)) span.events = R"([{"name":"e","time_unix_nano":1}])";
      if (one_in(30)) span.meta_struct = std::string("\x81\xa1k\xc4\x01\xff", 6);
      builder.span(span);
      if (one_in(60) && copies) builder.span(span);
    }
    builder.chunk();
  }

  model::SpanBatch payload(std::size_t chunks, UnixNanos now) {
    model::testing::BatchBuilder builder;
    for (std::size_t i = 0; i < chunks; ++i) chunk(builder, now);
    return builder.build_normalized();
  }
};

}  // namespace vizsla::store::testing
