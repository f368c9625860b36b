// What trace statistics cost to keep and to ask: `stats_bench --help`.
//
// Fills a store with rows such as the concentrator makes: services with some keys each, of which a share has requests
// in each minute. The store runs in this process, on real files, with a clock that goes as fast as it can be filled.
// Prints facts as lines of JSON; how far it is goes to stderr.

#include <algorithm>
#include <future>
#include <random>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "assemble/service_figures.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "bench/process_usage.h"
#include "store/embedded/store.h"

namespace vizsla::bench {
namespace {

constexpr UnixNanos kStart = 1'795'262'400'000'000'000;

struct Options {
  std::string folder;
  double days = 30;
  std::uint64_t services = 200;
  std::uint64_t keys = 50;   // of a service: four fifths are resources of one operation, the others of another
  double active = 0.1;       // of the keys, in each minute
  std::uint64_t spans = 20;  // of a key in a minute, about
  int repeat = 20;
  bool filled = false;
  std::string question;
};

class Filler {
 public:
  Filler(const Options& options, store::EmbeddedStore& store) : options_(options), store_(store) {}

  // One minute: what `active` of the keys have had.
  void add(UnixNanos minute) {
    batch_.clear();
    const std::uint64_t keys = options_.services * options_.keys;
    const auto active = static_cast<std::uint64_t>(static_cast<double>(keys) * options_.active);
    for (std::uint64_t i = 0; i < active; ++i) {
      const std::uint64_t key = (i * keys / active + random_() % (keys / active)) % keys;
      add_row(key, minute + static_cast<std::int64_t>(random_() % 6) * model::kStatsBucketNs);
    }
    std::promise<Result<void>> done;
    store_.append({}, batch_, {}, [&](const Result<void>& outcome) { done.set_value(outcome); });
    VIZSLA_CHECK(done.get_future().get().has_value());
    rows_ += batch_.size();
  }

  // All keys once, in one bucket.
  void add_all(UnixNanos bucket) {
    batch_.clear();
    for (std::uint64_t key = 0; key < options_.services * options_.keys; ++key) add_row(key, bucket);
    std::promise<Result<void>> done;
    store_.append({}, batch_, {}, [&](const Result<void>& outcome) { done.set_value(outcome); });
    VIZSLA_CHECK(done.get_future().get().has_value());
    rows_ += batch_.size();
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  void add_row(std::uint64_t number, UnixNanos bucket) {
    model::StatsKey& key = batch_.key.emplace_back();
    const std::uint64_t service = number / options_.keys;
    const std::uint64_t resource = number % options_.keys;
    key.text(model::StatsText::Env) = batch_.strings.intern("prod");
    key.text(model::StatsText::Service) = batch_.strings.intern(fmt::format("service-{}", service));
    key.text(model::StatsText::Operation) =
        batch_.strings.intern(resource < options_.keys * 4 / 5 ? "web.request" : "queue.consume");
    key.text(model::StatsText::Resource) = batch_.strings.intern(fmt::format("GET /api/v1/things/{}", resource));
    key.text(model::StatsText::Type) = batch_.strings.intern("web");
    key.text(model::StatsText::Version) = batch_.strings.intern("1.2.3");
    key.text(model::StatsText::Host) = batch_.strings.intern(fmt::format("host-{}", service % 20));
    key.text(model::StatsText::Language) = batch_.strings.intern("python");
    key.http_status = resource % 10 == 0 ? 500 : 200;
    key.kind = model::SpanKind::Server;
    key.flags = model::kStatsEntry | model::kStatsRootKnown | model::kStatsTraceRoot;
    batch_.bucket_ns.push_back(bucket);
    std::lognormal_distribution<double> duration(16 + static_cast<double>(service % 5) / 2, 0.6);
    model::StatsCounts& counts = batch_.counts.emplace_back();
    sketch::SparseBins bins;
    const std::uint64_t spans = 1 + random_() % (2 * options_.spans);
    for (std::uint64_t i = 0; i < spans; ++i) {
      const double ns = duration(random_);
      bins.add(sketch::duration_bin(ns), 1);
      counts.duration_ns += std::floor(ns);
      counts.max_duration_ns = std::max(counts.max_duration_ns, static_cast<std::int64_t>(ns));
    }
    counts.hits = counts.top_level_hits = static_cast<double>(spans);
    const bool failed = resource % 10 == 0;
    if (failed) counts.errors = counts.hits;
    text_.clear();
    sketch::encode_duration_bins(bins, text_);
    batch_.ok_bins.push_back(failed ? 0 : batch_.strings.intern(text_));
    batch_.error_bins.push_back(failed ? batch_.strings.intern(text_) : 0);
  }

  const Options& options_;
  store::EmbeddedStore& store_;
  model::StatsBatch batch_;
  std::mt19937_64 random_{1};
  std::string text_;
  std::uint64_t rows_ = 0;
};

template <class Ask>
void measure(std::string_view name, const Options& options, Ask&& ask) {
  if (name.find(options.question) == std::string_view::npos) return;
  std::vector<double> cpu_ms;
  std::size_t answers = 0;
  for (int i = 0; i < options.repeat; ++i) {
    const double begin = process_cpu_seconds();
    answers = ask();
    cpu_ms.push_back((process_cpu_seconds() - begin) * 1000);
  }
  std::sort(cpu_ms.begin(), cpu_ms.end());
  JsonWriter json;
  json.object([&] {
    json.field("question", name);
    json.field("cpu_ms_median", cpu_ms[cpu_ms.size() / 2]);
    json.field("cpu_ms_max", cpu_ms.back());
    json.field("answers", answers);
  });
  fmt::print("{}\n", json.view());
  std::fflush(stdout);
}

// `end`: of what has been filled.
void ask(const Options& options, store::EmbeddedStore& store, UnixNanos end) {
  // Somewhere within an hour, as most people ask.
  const UnixNanos now = end - 23 * kNanosPerMinute - 17 * kNanosPerSecond;
  assemble::Coverage coverage;
  coverage.now_ns = now;
  const auto settings = [](auto, auto) { return assemble::ServiceSettings{}; };
  const auto list = [&](std::int64_t length) {
    return assemble::list_services(store, "prod", {now - length, now}, 61, coverage, settings, {})
        .value()
        .services.size();
  };
  measure("services, 1 h", options, [&] { return list(kNanosPerHour); });
  measure("services, 1 day", options, [&] { return list(kNanosPerDay); });
  measure("services, 30 days", options, [&] { return list(30 * kNanosPerDay); });
  const auto series = [&](std::int64_t length, std::optional<query::StatsField> by) {
    const assemble::SeriesQuestion question{.env = "prod",
                                            .service = "service-7",
                                            .operation = "web.request",
                                            .resource = {},
                                            .timeline = assemble::make_timeline({now - length, now}, 120),
                                            .split_by = by,
                                            .errors_apart = true};
    return assemble::read_series(store, question, coverage, {}, {}).value().series.size();
  };
  measure("a service's series, 1 h", options, [&] { return series(kNanosPerHour, {}); });
  measure("a service's series, 30 days", options, [&] { return series(30 * kNanosPerDay, {}); });
  measure("a service's series by status, 1 h", options,
          [&] { return series(kNanosPerHour, query::StatsField::HttpStatus); });
  const auto resources = [&](std::int64_t length) {
    return assemble::list_resources(store, {"prod", "service-7", "web.request", {now - length, now}, {}}, coverage, {},
                                    {})
        .value()
        .size();
  };
  measure("a service's resources, 1 h", options, [&] { return resources(kNanosPerHour); });
  measure("a service's resources, 30 days", options, [&] { return resources(30 * kNanosPerDay); });
  measure("what is known, 30 days", options,
          [&] { return assemble::list_seen(store, {now - 30 * kNanosPerDay, now}, {}).value().size(); });
}

int run(const Options& options) {
  log::set_level(log::Level::Warn);
  const auto files = store::make_posix_files();
  testing::FakeClock clock(kStart);
  store::StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.sync = store::LogSync::Never;
  store_options.maintenance_enabled = false;
  auto opened = store::EmbeddedStore::open(store_options, *files, clock);
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error().message);
    return 1;
  }
  store::EmbeddedStore& store = **opened;
  Filler filler(options, store);
  const auto minutes = static_cast<std::int64_t>(options.days * 24 * 60);
  const double begin = process_cpu_seconds();
  if (options.filled) clock.advance(std::chrono::minutes(minutes));
  for (std::int64_t minute = 0; minute < minutes && !options.filled; ++minute) {
    clock.advance(std::chrono::minutes(1));
    filler.add(clock.now() - kNanosPerMinute);
    // As in real time: a part every five minutes, merging now and then.
    if (minute % 5 == 4) VIZSLA_CHECK(store.flush().has_value());
    if (minute % 60 == 59) VIZSLA_CHECK(store.maintain().has_value());
    if (minute % 720 == 719)
      fmt::print(stderr, "{:.1f} of {:.1f} days\n", static_cast<double>(minute) / 1440, options.days);
  }
  const auto stats = store.stats().statistics;
  for (const auto& tier : stats.tiers) {
    JsonWriter json;
    json.object([&] {
      json.field("tier_s", tier.resolution_ns / kNanosPerSecond);
      json.field("small", tier.small);
      json.field("blocks", tier.blocks);
      json.field("rows", tier.rows);
      json.field("bytes", tier.bytes);
      json.field("bytes_per_row",
                 tier.rows > 0 ? static_cast<double>(tier.bytes) / static_cast<double>(tier.rows) : 0.0);
    });
    fmt::print("{}\n", json.view());
  }
  JsonWriter json;
  json.object([&] {
    json.field("rows", filler.rows());
    if (!options.filled)
      json.field("fill_cpu_us_per_row", (process_cpu_seconds() - begin) * 1e6 / static_cast<double>(filler.rows()));
  });
  fmt::print("{}\n", json.view());
  ask(options, store, clock.now());

  // Live parts of 100,000 keys, all in one bucket: in a store of its own, so that the folder can be asked again.
  Options many = options;
  many.services = 100'000 / many.keys;
  store_options.folder = options.folder + "/live";
  auto live_store = store::EmbeddedStore::open(store_options, *files, clock);
  if (!live_store) {
    fmt::print(stderr, "{}\n", live_store.error().message);
    return 1;
  }
  Filler(many, **live_store).add_all(clock.now() - clock.now() % model::kStatsBucketNs);
  JsonWriter live;
  live.object([&] {
    live.field("live_keys", many.services * many.keys);
    live.field("live_bytes", (*live_store)->stats().statistics.live_bytes);
  });
  fmt::print("{}\n", live.view());
  return 0;
}

}  // namespace
}  // namespace vizsla::bench

int main(int argc, char** argv) {
  CLI::App app("Fills a store with trace statistics, and asks what pages ask");
  vizsla::bench::Options options;
  app.add_option("--data", options.folder, "An empty folder")->required();
  app.add_option("--days", options.days, "How much")->capture_default_str();
  app.add_option("--services", options.services, "With --keys each")->capture_default_str();
  app.add_option("--keys", options.keys, "Of a service; four fifths are resources of one operation")
      ->capture_default_str();
  app.add_option("--active", options.active, "Of the keys, in each minute")->capture_default_str();
  app.add_option("--spans", options.spans, "Of a key in a minute, about")->capture_default_str();
  app.add_option("--repeat", options.repeat, "Each question")->capture_default_str();
  app.add_flag("--filled", options.filled, "The folder has been filled before, with the same --days: only ask");
  app.add_option("--question", options.question, "Only those with this in their names");
  CLI11_PARSE(app, argc, argv);
  return vizsla::bench::run(options);
}
