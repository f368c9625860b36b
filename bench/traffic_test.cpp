// The encoders and the decoders against each other: the same traffic through every wire form gives the same rows.

#include "bench/traffic.h"

#include <random>

#include <gtest/gtest.h>

#include "bench/decode_form.h"
#include "codec/testing/check_batch.h"
#include "codec/testing/show_batch.h"

namespace vizsla::bench {
namespace {

using codec::testing::show;
using codec::testing::TagOrder;

constexpr std::int64_t kStart = 1'795'262'400'000'000'000;

Result<codec::DecodeReport> decode(WireFormat format, std::string_view body, model::SpanBatch& into) {
  std::string padded(body);
  padded.resize(body.size() + kPadding);
  const Bytes bytes = as_bytes(std::string_view(padded).substr(0, body.size()));
  return decode_form(format, bytes, into);
}

constexpr WireFormat kFormats[] = {WireFormat::JsonV01, WireFormat::JsonV02, WireFormat::V04,   WireFormat::V05,
                                   WireFormat::V07,     WireFormat::V1,      WireFormat::Agent, WireFormat::AgentIdx};

std::string decoded(WireFormat format, const std::vector<TrafficChunk>& chunks) {
  model::SpanBatch batch;
  const auto report = decode(format, encode(chunks, format), batch);
  if (!report) return report.error().message;
  codec::testing::check_batch(batch, true);
  EXPECT_EQ(report->coerced_values + report->repaired_strings + report->null_spans, 0u);
  return show(batch, TagOrder::Sorted);
}

// Chunks of different traces: v0.1 can't tell two chunks of one trace apart.
std::vector<TrafficChunk> traffic(std::uint64_t seed, std::uint64_t requests, bool one_chunk_each) {
  std::vector<TrafficChunk> chunks;
  for (std::uint64_t i = 0; i < requests; ++i) {
    for (TrafficChunk& chunk : Traffic(seed).request(i, kStart + static_cast<std::int64_t>(i) * 1'000'000)) {
      chunks.push_back(std::move(chunk));
      if (one_chunk_each) break;
    }
  }
  return chunks;
}

// Links, events and structured data, which traffic from a seed doesn't have.
void add_extras(std::vector<TrafficChunk>& chunks, std::mt19937_64& random) {
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  const auto text = [&] {
    static constexpr std::string_view kTexts[] = {
        "",    "a",   "\"quoted\"\\", "line\nbreak\ttab", "\u00e6\u4f60", "true",
        "[1]", "key", "exception",    "dd=s:1;o:rum",     "0.5",          "a longer text that is no key"};
    return std::string(kTexts[random() % std::size(kTexts)]);
  };
  const auto scalar = [&]() -> TrafficScalar {
    switch (random() % 4) {
      case 0:
        return text();
      case 1:
        return one_in(2);
      case 2:
        return one_in(3) ? std::int64_t{0} : static_cast<std::int64_t>(random());
      default:
        return one_in(3) ? 0.0 : static_cast<double>(random() % 1000) / 8;
    }
  };
  for (TrafficChunk& chunk : chunks) {
    for (TrafficSpan& span : chunk) {
      while (one_in(3)) {
        TrafficLink& link = span.links.emplace_back();
        link.trace_id_high = one_in(2) ? 0 : random();
        link.trace_id = random();
        link.span_id = random();
        while (one_in(2)) link.attributes.emplace_back(text(), text());
        link.tracestate = text();
        if (one_in(2)) link.flags = static_cast<std::uint32_t>(random() % 3);
      }
      while (one_in(3)) {
        TrafficEvent& event = span.events.emplace_back();
        event.time_ns = random();
        event.name = text();
        while (!one_in(3)) {
          TrafficValue value = scalar();
          if (one_in(3)) {
            std::vector<TrafficScalar> list;
            while (!one_in(3)) list.push_back(scalar());
            value = std::move(list);
          }
          event.attributes.emplace_back(text(), std::move(value));
        }
      }
      while (one_in(4)) span.meta_struct.emplace_back(text(), std::string(random() % 300, static_cast<char>(random())));
      if (one_in(5)) span.meta.emplace_back("long", std::string(random() % 80'000, 'x'));
    }
  }
}

TEST(Traffic, GivesTheSameRowsThroughEveryForm) {
  const auto chunks = traffic(1, 200, true);
  const std::string expected = decoded(WireFormat::V04, chunks);
  EXPECT_GT(expected.size(), 100'000u);
  for (const WireFormat format : kFormats) EXPECT_EQ(decoded(format, chunks), expected) << path_of(format);
}

TEST(Traffic, KeepsChunksApartInEveryFormThatHasThem) {
  const auto chunks = traffic(2, 50, false);
  const std::string expected = decoded(WireFormat::V04, chunks);
  for (const WireFormat format : kFormats) {
    if (format == WireFormat::JsonV01) continue;
    EXPECT_EQ(decoded(format, chunks), expected) << path_of(format);
  }
}

TEST(Traffic, IsGroupedByTraceInV01) {
  // Two chunks of a trace, with another trace between them.
  auto chunks = traffic(3, 2, true);
  ASSERT_EQ(chunks.size(), 2u);
  TrafficChunk whole = chunks[0];
  TrafficChunk second = chunks[0];
  for (TrafficSpan& span : second) span.span_id += 1;
  whole.insert(whole.end(), second.begin(), second.end());
  EXPECT_EQ(decoded(WireFormat::JsonV01, {chunks[0], chunks[1], second}), decoded(WireFormat::V04, {whole, chunks[1]}));
}

TEST(Traffic, GivesTheSameLinksEventsAndStructuredDataThroughEveryForm) {
  constexpr std::uint64_t kSeed = 4;
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 30; ++round) {
    auto chunks = traffic(random(), 3, true);
    add_extras(chunks, random);
    const std::string expected = decoded(WireFormat::V04, chunks);
    for (const WireFormat format : kFormats) {
      if (format == WireFormat::V05) continue;
      ASSERT_EQ(decoded(format, chunks), expected) << path_of(format) << " " << round;
    }
  }
}

TEST(Traffic, SurvivesDamageInEveryForm) {
  constexpr std::uint64_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  auto chunks = traffic(6, 2, false);
  add_extras(chunks, random);
  for (const WireFormat format : kFormats) {
    const std::string body = encode(chunks, format);
    for (int round = 0; round < 300; ++round) {
      std::string damaged = body;
      for (std::uint64_t n = 1 + random() % 6; n > 0; --n)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      if (random() % 2 == 0) damaged.resize(random() % damaged.size());
      model::SpanBatch batch;
      const auto report = decode(format, damaged, batch);
      codec::testing::check_batch(batch, report.has_value());
    }
  }
}

}  // namespace
}  // namespace vizsla::bench
