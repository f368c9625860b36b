// What every store's statistics must do: the same sums as adding up all rows by hand, whatever has become of them in
// the meantime. Instantiated by each store with a fixture that says how one is made (embedded/stats_test.cpp).
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/stats_batch.h"
#include "sketch/duration_sketch.h"
#include "store/stats_store.h"

namespace vizsla::store::testing {

// Rows of a small world, so that keys and buckets come again and again.
inline model::StatsBatch random_stats(std::mt19937_64& random, UnixNanos from_ns, UnixNanos to_ns, std::size_t rows) {
  model::StatsBatch batch;
  const auto any = [&](std::string_view prefix, std::uint64_t count) {
    return batch.strings.intern(fmt::format("{}{}", prefix, random() % count));
  };
  for (std::size_t row = 0; row < rows; ++row) {
    model::StatsKey& key = batch.key.emplace_back();
    key.text(model::StatsText::Env) = any("env", 2);
    key.text(model::StatsText::Service) = any("service", 5);
    key.text(model::StatsText::Operation) = any("operation", 2);
    key.text(model::StatsText::Resource) = any("GET /", 20);
    if (random() % 2 == 0) key.text(model::StatsText::Version) = any("v", 3);
    if (random() % 4 == 0) key.text(model::StatsText::Host) = any("host", 3);
    if (random() % 3 == 0) key.http_status = static_cast<std::uint16_t>(200 + random() % 3 * 100);
    key.kind = static_cast<model::SpanKind>(random() % 6);
    key.flags = static_cast<std::uint8_t>(random() % 32);
    const auto buckets = static_cast<std::uint64_t>((to_ns - from_ns) / model::kStatsBucketNs);
    batch.bucket_ns.push_back(from_ns + static_cast<std::int64_t>(random() % buckets) * model::kStatsBucketNs);
    const bool weighted = random() % 8 == 0;
    std::string ok;
    std::string error;
    model::StatsCounts& counts = batch.counts.emplace_back();
    sketch::SparseBins ok_bins;
    sketch::SparseBins error_bins;
    const std::uint64_t spans = 1 + random() % 5;
    for (std::uint64_t i = 0; i < spans; ++i) {
      const double weight = weighted ? 2.5 : 1;
      const auto duration = static_cast<std::int64_t>(random() % 4 == 0 ? random() % 100 : random() % 10'000'000'000);
      const bool failed = random() % 5 == 0;
      counts.hits += weight;
      if ((key.flags & model::kStatsEntry) != 0) counts.top_level_hits += weight;
      if (failed) counts.errors += weight;
      counts.duration_ns += weight * static_cast<double>(duration);
      counts.max_duration_ns = std::max(counts.max_duration_ns, duration);
      (failed ? error_bins : ok_bins).add(sketch::duration_bin(static_cast<double>(duration)), weight);
    }
    sketch::encode_duration_bins(ok_bins, ok);
    sketch::encode_duration_bins(error_bins, error);
    batch.ok_bins.push_back(batch.strings.intern(ok));
    batch.error_bins.push_back(batch.strings.intern(error));
  }
  return batch;
}

inline query::StatsQuery random_question(std::mt19937_64& random, UnixNanos from_ns, UnixNanos to_ns) {
  using query::StatsField;
  static constexpr StatsField kFields[] = {StatsField::Env,       StatsField::Service, StatsField::Operation,
                                           StatsField::Version,   StatsField::Kind,    StatsField::Entry,
                                           StatsField::FromClient};
  static constexpr StatsField kMore[] = {StatsField::Resource, StatsField::Host, StatsField::HttpStatus,
                                         StatsField::TraceRoot, StatsField::Synthetics};
  const bool small = random() % 2 == 0;
  const auto any_field = [&] {
    return small || random() % 2 == 0 ? kFields[random() % std::size(kFields)] : kMore[random() % std::size(kMore)];
  };
  const auto any_value = [&](StatsField field) -> std::string {
    switch (field) {
      case StatsField::Env:
        return fmt::format("env{}", random() % 3);
      case StatsField::Service:
        return fmt::format("service{}", random() % 6);
      case StatsField::Operation:
        return fmt::format("operation{}", random() % 2);
      case StatsField::Version:
        return random() % 3 == 0 ? "" : fmt::format("v{}", random() % 3);
      case StatsField::Resource:
        return fmt::format("GET /{}", random() % 20);
      case StatsField::Host:
        return random() % 3 == 0 ? "" : fmt::format("host{}", random() % 3);
      case StatsField::HttpStatus:
        return random() % 3 == 0 ? "" : fmt::format("{}", 200 + random() % 3 * 100);
      case StatsField::Kind:
        return std::string(to_string(static_cast<model::SpanKind>(random() % 6)));
      default:
        return random() % 2 == 0 ? "1" : "0";
    }
  };
  query::StatsQuery question;
  static constexpr std::int64_t kSteps[] = {10, 30, 60, 300, 3600, 7200, 86400};
  question.step_ns = kSteps[random() % std::size(kSteps)] * kNanosPerSecond;
  const auto steps = static_cast<std::uint64_t>((to_ns - from_ns) / question.step_ns) + 2;
  const std::int64_t first = from_ns / question.step_ns;
  question.time.from_ns = (first + static_cast<std::int64_t>(random() % steps)) * question.step_ns;
  question.time.to_ns = question.time.from_ns + static_cast<std::int64_t>(random() % steps) * question.step_ns;
  if (random() % 3 == 0)
    question.time = {first * question.step_ns, (first + static_cast<std::int64_t>(steps)) * question.step_ns};
  if (random() % 2 == 0) {
    // Ends that aren't those of steps, within what the finest tier keeps.
    static constexpr std::int64_t kEdges[] = {10, 60, 600, 3600};
    const std::int64_t edge = kEdges[random() % std::size(kEdges)] * kNanosPerSecond;
    question.time.from_ns = question.time.from_ns / edge * edge - static_cast<std::int64_t>(random() % 20) * edge;
    question.time.to_ns = question.time.to_ns / edge * edge + static_cast<std::int64_t>(random() % 20) * edge;
    question.time.to_ns = std::clamp(question.time.to_ns, question.time.from_ns,
                                     question.time.from_ns + kStatsPointsMax * question.step_ns);
  }
  while (random() % 3 != 0) {
    const StatsField field = any_field();
    if (std::find(question.group_by.begin(), question.group_by.end(), field) == question.group_by.end())
      question.group_by.push_back(field);
  }
  while (random() % 3 == 0) {
    const StatsField field = any_field();
    query::StatsFilter filter{field, {any_value(field)}, random() % 4 == 0};
    if (random() % 3 == 0) filter.values.push_back(any_value(field));
    question.filters.push_back(filter);
  }
  question.with_sketches = random() % 2 == 0;
  // Comparing texts of thousands of points takes its time.
  const bool short_series = (question.time.to_ns - question.time.from_ns) / question.step_ns <= 1000;
  question.with_points = random() % 2 == 0 && (short_series || random() % 8 == 0);
  question.with_point_sketches = random() % 2 == 0;
  question.errors_apart = random() % 3 != 0;
  return question;
}

inline std::string show_counts(const model::StatsCounts& counts) {
  return fmt::format("hits={} top={} errors={} ns={:.0f} max={}", counts.hits, counts.top_level_hits, counts.errors,
                     counts.duration_ns, counts.max_duration_ns);
}

inline std::string show_sketch(const sketch::DurationSketch& sketch) {
  std::string text;
  sketch.for_each([&](sketch::DurationBin bin, double count) { text += fmt::format(" {}:{}", bin, count); });
  return text;
}

// By lines, so that a difference is seen. First and last are left out: they are by the resolution that was read.
inline std::vector<std::string> show_answer(const query::StatsAnswer& answer) {
  std::vector<std::string> lines;
  for (const query::StatsGroup& group : answer.groups) {
    std::string line;
    for (const std::string& value : group.values) line += fmt::format("'{}' ", value);
    line += fmt::format("{} estimated={} ok[{}] error[{}]", show_counts(group.counts), group.estimated,
                        show_sketch(group.ok), show_sketch(group.error));
    for (std::size_t i = 0; i < group.points.size(); ++i) {
      if (group.points[i].hits == 0) continue;
      line += fmt::format(" point{} {}", i, show_counts(group.points[i]));
      if (group.point_ok.empty()) continue;
      line += fmt::format(" ok[{}] error[{}]", show_sketch(group.point_ok[i]), show_sketch(group.point_error[i]));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace vizsla::store::testing
