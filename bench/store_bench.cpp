// What the embedded store costs, by itself and in depth: `store_bench --help`.
//
// The store runs in this process, on real files, with a clock that goes as fast as it can be filled: days of data take
// minutes. Prints facts as lines of JSON; how far it is goes to stderr.

#include <cmath>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "bench/payload_source.h"
#include "bench/process_usage.h"
#include "bench/store_questions.h"
#include "store/embedded/store.h"

namespace vizsla::bench {
namespace {

using store::EmbeddedStore;

constexpr UnixNanos kStart = 1'795'262'400'000'000'000;
constexpr std::string_view kRecordName = "bench.json";

struct FillOptions {
  std::string folder;
  std::uint64_t spans = 10'000'000;
  double days = 10;
  UnixNanos start_ns = kStart;
  double late_share = 0.01;
  std::uint64_t seed = 1;
};

struct AskOptions {
  std::string folder;
  std::vector<std::string> only;
  std::size_t repeat = 50;
  double seconds_max = 30;
};

double per(double sum, std::uint64_t count) {
  return sum / static_cast<double>(std::max<std::uint64_t>(count, 1));
}

// As JSON shows it: without the digits that mean nothing.
double rounded(double value, double parts = 100) {
  return std::round(value * parts) / parts;
}

std::uint64_t whole(double value) {
  return static_cast<std::uint64_t>(std::llround(value));
}

void print(const JsonWriter& json) {
  fmt::print("{}\n", json.view());
  std::fflush(stdout);
}

// Says how far something is: each second on a terminal, else every ten.
class Progress {
 public:
  void say(std::string_view what, std::uint64_t done, std::uint64_t all) {
    const double now = wall_seconds();
    if (now - last_ < (terminal_ ? 1 : 10)) return;
    last_ = now;
    fmt::print(stderr, "  … {}: {:.1f} of {:.1f} million spans, {:.0f} s\n", what, static_cast<double>(done) / 1e6,
               static_cast<double>(all) / 1e6, now - begin_);
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  const double begin_ = wall_seconds();
  double last_ = begin_;
};

Result<void> write_record(const std::string& folder, const FilledStore& filled) {
  JsonWriter json;
  json.object([&] {
    json.field("seed", filled.seed);
    json.field("requests", filled.requests);
    json.field("spans", filled.spans);
    json.field("start_ns", filled.start_ns);
    json.field("end_ns", filled.end_ns);
    json.field("days", static_cast<double>(filled.end_ns - filled.start_ns) / static_cast<double>(kNanosPerDay));
  });
  const auto files = store::make_posix_files();
  return store::replace_file(*files, folder, std::string(kRecordName), as_bytes(json.view()));
}

Result<FilledStore> read_record(const std::string& folder) {
  const auto files = store::make_posix_files();
  VIZSLA_TRY(const auto content, store::read_file(*files, fmt::format("{}/{}", folder, kRecordName)));
  simdjson::dom::parser parser;
  FilledStore filled;
  const auto root = parser.parse(simdjson::padded_string(as_text(content)));
  if (root["seed"].get(filled.seed) != simdjson::SUCCESS ||
      root["requests"].get(filled.requests) != simdjson::SUCCESS ||
      root["spans"].get(filled.spans) != simdjson::SUCCESS ||
      root["start_ns"].get(filled.start_ns) != simdjson::SUCCESS ||
      root["end_ns"].get(filled.end_ns) != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, fmt::format("{}/{} isn't what `fill` writes", folder, kRecordName));
  return filled;
}

// Old data would be in every figure.
Result<void> check_empty(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error) || std::filesystem::is_empty(folder, error)) return {};
  return fail(ErrorCode::InvalidInput, fmt::format("{} isn't empty; remove it, or name another folder", folder));
}

// Gives payloads to a store, one after the other, each when the clock says that it is time.
class Appender {
 public:
  Appender(const PayloadPlan& plan, store::StoreOptions options)
      : plan_(plan), options_(std::move(options)), clock_(plan.start_ns), source_(plan) {}

  Result<void> open() {
    VIZSLA_TRY_VOID(check_empty(options_.folder));
    VIZSLA_TRY(store_, EmbeddedStore::open(options_, *files_, clock_));
    return {};
  }

  // False behind the last one.
  Result<bool> append_next() {
    const ReadyPayload* payload = source_.next();
    if (payload == nullptr) return false;
    // Time goes faster than it does, so blocks may not come along; that is no fault of the store, so it isn't shown
    // as waits of append().
    const double begin = wall_seconds();
    while (store_->stats().live_bytes > options_.memory_bytes / 4 * 3)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    clock_.advance(std::chrono::nanoseconds(payload->received_ns - clock_.now()));
    std::promise<Result<void>> done;
    const double appended = wall_seconds();
    store_->append(payload->batch, payload->hash, [&](const Result<void>& outcome) { done.set_value(outcome); });
    VIZSLA_TRY_VOID(done.get_future().get());
    append_ms_ = (wall_seconds() - appended) * 1000;
    paced_s_ += appended - begin;
    source_cpu_s_ = payload->cpu_seconds;
    filled_.requests = payload->requests;
    filled_.spans += payload->batch.size();
    return true;
  }

  [[nodiscard]] EmbeddedStore& store() { return *store_; }
  [[nodiscard]] std::uint64_t spans() const { return filled_.spans; }
  [[nodiscard]] double append_ms() const { return append_ms_; }  // of the last payload
  [[nodiscard]] double source_cpu_s() const { return source_cpu_s_; }
  [[nodiscard]] double paced_s() const { return paced_s_; }

  [[nodiscard]] FilledStore filled() const {
    FilledStore filled = filled_;
    filled.seed = plan_.seed;
    filled.start_ns = plan_.start_ns;
    filled.end_ns = clock_.now();
    return filled;
  }

 private:
  const PayloadPlan plan_;
  const store::StoreOptions options_;
  testing::FakeClock clock_;
  const std::unique_ptr<store::Files> files_ = store::make_posix_files();
  std::unique_ptr<EmbeddedStore> store_;
  PayloadSource source_;
  FilledStore filled_;
  double append_ms_ = 0;
  double paced_s_ = 0;
  double source_cpu_s_ = 0;
};

// Bytes a span are those that stay: all but the log's.
void write_disk(JsonWriter& json, const std::string& folder, std::uint64_t spans) {
  std::uint64_t sum = 0;
  json.key("disk_bytes").object([&] {
    for (const auto& [part, bytes] : disk_bytes(folder)) {
      json.field(part, bytes);
      if (part != "log") sum += bytes;
    }
  });
  json.field("bytes_per_span", rounded(per(static_cast<double>(sum), spans)));
}

// What all of an Appender's store has cost, from the start of this process.
void write_cost(JsonWriter& json, const Appender& appender) {
  const double store_cpu_s = process_cpu_seconds() - appender.source_cpu_s();
  json.field("traffic_cpu_us_per_span", rounded(per(appender.source_cpu_s() * 1e6, appender.spans()), 1000));
  json.field("store_cpu_us_per_span", rounded(per(store_cpu_s * 1e6, appender.spans()), 1000));
  json.field("paced_s", rounded(appender.paced_s()));
  json.field("rss_max_bytes", rss_bytes_max());
}

Result<bool> fill(const FillOptions& options) {
  const double begin = wall_seconds();
  const PayloadPlan plan{.seed = options.seed,
                         .spans = options.spans,
                         .start_ns = options.start_ns,
                         .duration_ns = static_cast<std::int64_t>(options.days * static_cast<double>(kNanosPerDay)),
                         .late_share = options.late_share};
  store::StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.sync = store::LogSync::Never;
  Appender appender(plan, store_options);
  VIZSLA_TRY_VOID(appender.open());
  Progress progress;
  for (;;) {
    VIZSLA_TRY(const bool more, appender.append_next());
    if (!more) break;
    progress.say("filling", appender.spans(), options.spans);
  }
  VIZSLA_TRY_VOID(appender.store().flush());
  const EmbeddedStore::Stats stats = appender.store().stats();
  JsonWriter json;
  json.object([&] {
    json.field("what", "fill");
    json.field("spans", appender.spans());
    json.field("days", options.days);
    json.field("seconds", rounded(wall_seconds() - begin));
    write_cost(json, appender);
    json.field("blocks", stats.blocks);
    write_disk(json, options.folder, appender.spans());
  });
  print(json);
  VIZSLA_TRY_VOID(write_record(options.folder, appender.filled()));
  return true;
}

struct Cost {
  double cpu_us = 0;
  double wall_us = 0;
  std::size_t found = 0;
};

Result<Cost> ask_once(const Question& question, Asker& asker) {
  const Question::Ask ask = question.draw(asker);
  const double cpu = process_cpu_seconds();
  const double wall = wall_seconds();
  VIZSLA_TRY(const std::size_t found, ask());
  return Cost{(process_cpu_seconds() - cpu) * 1e6, (wall_seconds() - wall) * 1e6, found};
}

// The value that a share `p` of them don't exceed.
double percentile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())) - 1)];
}

Result<void> ask_question(const Question& question, Asker& asker, const AskOptions& options) {
  VIZSLA_TRY(const Cost first, ask_once(question, asker));
  std::vector<double> cpu_us;
  std::vector<double> wall_us;
  std::vector<double> found;
  const double until = wall_seconds() + options.seconds_max;
  do {
    VIZSLA_TRY(const Cost cost, ask_once(question, asker));
    cpu_us.push_back(cost.cpu_us);
    wall_us.push_back(cost.wall_us);
    found.push_back(static_cast<double>(cost.found));
  } while (cpu_us.size() < options.repeat && wall_seconds() < until);
  JsonWriter json;
  json.object([&] {
    json.field("what", "ask");
    json.field("name", question.name);
    json.field("spans", asker.reader().span_count());
    json.field("n", cpu_us.size());
    json.field("found", whole(percentile(found, 0.5)));
    json.field("first_us", whole(first.wall_us));
    json.field("median_cpu_us", whole(percentile(cpu_us, 0.5)));
    json.field("p95_cpu_us", whole(percentile(cpu_us, 0.95)));
    json.field("median_wall_us", whole(percentile(wall_us, 0.5)));
  });
  print(json);
  return {};
}

Result<bool> ask(const AskOptions& options) {
  VIZSLA_TRY(const FilledStore filled, read_record(options.folder));
  const auto files = store::make_posix_files();
  const testing::FakeClock clock(filled.end_ns);
  store::StoreOptions store_options;
  store_options.folder = options.folder;
  const std::uint64_t rss_before = rss_bytes();
  const double cpu = process_cpu_seconds();
  const double wall = wall_seconds();
  VIZSLA_TRY(const auto store, EmbeddedStore::open(store_options, *files, clock));
  JsonWriter json;
  json.object([&] {
    json.field("what", "open");
    json.field("spans", store->span_count());
    json.field("blocks", store->stats().blocks);
    json.field("wall_ms", rounded((wall_seconds() - wall) * 1000));
    json.field("cpu_ms", rounded((process_cpu_seconds() - cpu) * 1000));
    json.field("rss_before_bytes", rss_before);
    json.field("rss_bytes", rss_bytes());
  });
  print(json);
  if (store->span_count() != filled.spans)
    return fail(ErrorCode::Internal,
                fmt::format("{} spans were stored, {} are there", filled.spans, store->span_count()));

  Asker asker(*store, filled);
  for (const Question& question : questions()) {
    if (!options.only.empty() &&
        std::find(options.only.begin(), options.only.end(), question.name) == options.only.end())
      continue;
    const auto asked = ask_question(question, asker, options);
    if (!asked) return fail(asked.error().with_context(question.name));
  }
  return true;
}

std::string list_of_questions() {
  std::string text = "Questions:\n";
  for (const Question& question : questions()) text += fmt::format("  {:<15} {}\n", question.name, question.about);
  return text;
}

std::vector<std::string> question_names() {
  std::vector<std::string> names;
  for (const Question& question : questions()) names.emplace_back(question.name);
  return names;
}

}  // namespace
}  // namespace vizsla::bench

int main(int argc, char** argv) {
  using namespace vizsla::bench;
  CLI::App app{
      "What the embedded store costs: fills one with the traffic of days, asks it questions.\n"
      "Prints facts as lines of JSON. Microseconds are CPU time of the whole process, unless they are called wall.\n\n"
      "  store_bench fill --data /var/tmp/filled --spans 10000000 --days 10\n"
      "  store_bench ask --data /var/tmp/filled"};
  app.require_subcommand(1);

  FillOptions filling;
  CLI::App* fill_command = app.add_subcommand(
      "fill",
      "Writes a store: spans of the shop of bench/traffic, spread evenly over the days, nothing synced. What making\n"
      "them costs (traffic) and what storing them costs is told apart. Blocks are cut by rows and bytes, never by "
      "age,\n"
      "which the store takes from real time. Leaves bench.json, which `ask` reads, beside the data.");
  fill_command->add_option("--data", filling.folder, "Folder; new, or empty")->required();
  fill_command->add_option("--spans", filling.spans, "How many, about")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  fill_command->add_option("--days", filling.days, "Over how much time")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  fill_command->add_option("--start-ns", filling.start_ns, "When it begins, in ns since 1970")->capture_default_str();
  fill_command
      ->add_option("--late-share", filling.late_share, "Of the payloads; those come hours after their spans' start")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  fill_command->add_option("--seed", filling.seed, "Of the traffic")->capture_default_str();

  AskOptions asking;
  CLI::App* ask_command = app.add_subcommand(
      "ask",
      "Opens a filled store and asks each question again and again, with other arguments each time. first_us is the\n"
      "first answer's wall time; the other figures are of those behind it. The files stay in the page cache of "
      "`fill`.");
  ask_command->footer(list_of_questions());
  ask_command->add_option("--data", asking.folder, "Folder that `fill` has written")->required();
  ask_command->add_option("--only", asking.only, "One question; may be given several times")
      ->check(CLI::IsMember(question_names()));
  ask_command->add_option("--repeat", asking.repeat, "How often each is asked")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  ask_command->add_option("--seconds-max", asking.seconds_max, "A question that took so long isn't asked again")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  vizsla::log::set_level(vizsla::log::Level::Warn);
  const vizsla::Result<bool> good = fill_command->parsed() ? fill(filling) : ask(asking);
  if (!good) fmt::print(stderr, "store_bench: {}\n", good.error().message);
  return good && *good ? 0 : 1;
}
