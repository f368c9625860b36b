// What the embedded store costs, by itself and in depth: `store_bench --help`.
//
// The store runs in this process, on real files, with a clock that goes as fast as it can be filled: days of data take
// minutes. Prints facts as lines of JSON; how far it is goes to stderr.

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "bench/process_usage.h"
#include "bench/store_filler.h"
#include "bench/store_questions.h"

namespace vizsla::bench {
namespace {

using store::EmbeddedStore;
using store::StoreOptions;

struct FillOptions {
  std::string folder;
  std::uint64_t spans = 10'000'000;
  double days = 10;
  UnixNanos start_ns = 1'795'262'400'000'000'000;  // 2026-11-21T12:00:00Z
  double late_share = 0.01;
  std::uint64_t seed = 1;
};

struct AskOptions {
  std::string folder;
  std::vector<std::string> only;
  std::size_t repeat = 50;
  double seconds_max = 30;
  bool cold = false;
};

struct RecoverOptions {
  std::string folder;
  std::uint64_t log_bytes = 1 << 30;
};

struct DayOptions {
  std::string folder;
  std::uint64_t rate = 2000;
  std::uint64_t hours = 24;
  double late_share = 0.01;
  double stall_ms = 200;
  std::uint64_t bytes_max = std::uint64_t{1} << 30;
  bool sync = true;
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
    fmt::print(stderr, "  … {}: {} of 100 %, {:.0f} s\n", what, 100 * done / all, now - begin_);
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  const double begin_ = wall_seconds();
  double last_ = begin_;
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

// What filling has cost since the start of this process.
void write_cost(JsonWriter& json, const StoreFiller& filler) {
  const std::uint64_t spans = filler.filled().spans;
  const double store_cpu_s = process_cpu_seconds() - filler.cost().traffic_cpu_s;
  json.field("traffic_cpu_us_per_span", rounded(per(filler.cost().traffic_cpu_s * 1e6, spans), 1000));
  json.field("store_cpu_us_per_span", rounded(per(store_cpu_s * 1e6, spans), 1000));
  json.field("paced_s", rounded(filler.cost().paced_s));
  json.field("rss_max_bytes", rss_bytes_max());
}

Result<bool> fill(const FillOptions& options) {
  const PayloadPlan plan{.seed = options.seed,
                         .spans = options.spans,
                         .start_ns = options.start_ns,
                         .duration_ns = static_cast<std::int64_t>(options.days * static_cast<double>(kNanosPerDay)),
                         .late_share = options.late_share};
  StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.sync = store::LogSync::Never;
  const double begin = wall_seconds();
  VIZSLA_TRY(const auto filler, StoreFiller::open(plan, store_options));
  Progress progress;
  for (bool more = true; more;) {
    VIZSLA_TRY(more, filler->append_next());
    progress.say("filling", filler->filled().spans, options.spans);
  }
  VIZSLA_TRY_VOID(filler->store().flush());
  VIZSLA_TRY_VOID(
      filler->store().maintain());  // what is due to be merged, so that questions are asked of a store at rest
  const FilledStore filled = filler->filled();
  JsonWriter json;
  json.object([&] {
    json.field("what", "fill");
    json.field("spans", filled.spans);
    json.field("days", options.days);
    json.field("seconds", rounded(wall_seconds() - begin));
    write_cost(json, *filler);
    json.field("blocks", filler->store().stats().blocks);
    write_disk(json, options.folder, filled.spans);
  });
  print(json);
  VIZSLA_TRY_VOID(write_filled(options.folder, filled));
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

// So that the next read of each file comes from the disk.
void drop_from_page_cache(const std::string& folder) {
  for (const std::filesystem::path& path : files_below(folder)) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ::fdatasync(fd);  // what isn't on the disk yet would stay
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

Result<void> check_count(const EmbeddedStore& store, const FilledStore& filled) {
  if (store.span_count() == filled.spans) return {};
  return fail(ErrorCode::Internal, fmt::format("{} spans were stored, {} are there", filled.spans, store.span_count()));
}

Result<bool> ask(const AskOptions& options) {
  VIZSLA_TRY(const FilledStore filled, read_filled(options.folder));
  if (options.cold) drop_from_page_cache(options.folder);
  const auto files = store::make_posix_files();
  const testing::FakeClock clock(filled.end_ns);
  StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.maintenance_enabled = false;  // its CPU time would be in the figures
  const std::uint64_t rss_before = rss_bytes();
  const double cpu = process_cpu_seconds();
  const double wall = wall_seconds();
  VIZSLA_TRY(const auto store, EmbeddedStore::open(store_options, *files, clock));
  JsonWriter json;
  json.object([&] {
    json.field("what", "open");
    json.field("spans", store->span_count());
    json.field("wall_ms", rounded((wall_seconds() - wall) * 1000));
    json.field("cpu_ms", rounded((process_cpu_seconds() - cpu) * 1000));
    json.field("blocks", store->stats().blocks);
    json.field("rss_before_bytes", rss_before);
    json.field("rss_bytes", rss_bytes());
  });
  print(json);
  VIZSLA_TRY_VOID(check_count(*store, filled));

  Asker asker(*store, filled);
  for (const Question& question : questions()) {
    const auto& only = options.only;
    if (!only.empty() && std::find(only.begin(), only.end(), question.name) == only.end()) continue;
    const auto asked = ask_question(question, asker, options);
    if (!asked) return fail(asked.error().with_context(question.name));
  }
  return true;
}

// A log of so many bytes whose rows are in no block: the store is given so much room that it never makes one.
Result<void> write_log(const RecoverOptions& options) {
  constexpr std::uint64_t kSpanBytesMin = 50;  // there are spans enough, then
  constexpr std::uint64_t kSpansPerSecond = 10'000;
  const std::uint64_t spans = options.log_bytes / kSpanBytesMin;
  const PayloadPlan plan{.spans = spans,
                         .start_ns = FillOptions{}.start_ns,
                         .duration_ns = static_cast<std::int64_t>(spans / kSpansPerSecond) * kNanosPerSecond};
  StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.sync = store::LogSync::Never;
  store_options.block_rows = store_options.block_live_bytes = store_options.memory_bytes = std::uint64_t{1} << 62;
  VIZSLA_TRY(const auto filler, StoreFiller::open(plan, store_options));
  Progress progress;
  for (std::uint64_t bytes = 0; bytes < options.log_bytes; bytes = filler->store().stats().log_bytes) {
    VIZSLA_TRY(const bool more, filler->append_next());
    if (!more) break;
    progress.say("writing a log", bytes, options.log_bytes);
  }
  return write_filled(options.folder, filler->filled());
}

Result<bool> recover(const RecoverOptions& options) {
  // In a process of its own, whose memory isn't ours. Nothing here has started a thread yet.
  const pid_t writer = ::fork();
  if (writer < 0) return fail(ErrorCode::Unavailable, "can't fork");
  if (writer == 0) {
    const auto written = write_log(options);
    if (!written) fmt::print(stderr, "store_bench: {}\n", written.error().message);
    std::fflush(stderr);
    ::_exit(written ? 0 : 1);
  }
  int status = 0;
  ::waitpid(writer, &status, 0);
  if (status != 0) return false;

  VIZSLA_TRY(const FilledStore filled, read_filled(options.folder));
  const std::uint64_t log_bytes = disk_bytes(options.folder)["log"];
  const auto files = store::make_posix_files();
  const testing::FakeClock clock(filled.end_ns);
  StoreOptions store_options;
  store_options.folder = options.folder;
  const double cpu = process_cpu_seconds();
  const double wall = wall_seconds();
  VIZSLA_TRY(const auto store, EmbeddedStore::open(store_options, *files, clock));
  const double wall_s = wall_seconds() - wall;
  const double cpu_s = process_cpu_seconds() - cpu;
  JsonWriter json;
  json.object([&] {
    json.field("what", "recover");
    json.field("spans", store->span_count());
    json.field("log_bytes", log_bytes);
    json.field("wall_s", rounded(wall_s));
    json.field("cpu_s", rounded(cpu_s));
    json.field("cpu_us_per_span", rounded(per(cpu_s * 1e6, store->span_count()), 1000));
    json.field("rss_max_bytes", rss_bytes_max());
    json.field("blocks", store->stats().blocks);
    json.field("live_spans", store->stats().live_spans);
  });
  print(json);
  VIZSLA_TRY_VOID(check_count(*store, filled));
  return true;
}

// What is looked at while time goes by.
struct Watched {
  double append_ms_max = 0;
  std::uint64_t stalls = 0;  // appends that took too long
  std::uint64_t payloads = 0;
  std::uint64_t rss_max = 0;

  void add(double append_ms, double stall_ms) {
    append_ms_max = std::max(append_ms_max, append_ms);
    if (append_ms > stall_ms) ++stalls;
    if (payloads++ % 100 == 0) rss_max = std::max(rss_max, rss_bytes());
  }

  void write(JsonWriter& json) const {
    json.field("rss_bytes", rss_bytes());
    json.field("rss_seen_max_bytes", rss_max);
    json.field("append_ms_max", rounded(append_ms_max));
    json.field("stalls", stalls);
  }
};

Result<bool> day(const DayOptions& options) {
  const std::uint64_t spans = options.rate * 3600 * options.hours;
  const PayloadPlan plan{.spans = spans,
                         .start_ns = FillOptions{}.start_ns,
                         .duration_ns = static_cast<std::int64_t>(options.hours) * kNanosPerHour,
                         .late_share = options.late_share};
  StoreOptions store_options;
  store_options.folder = options.folder;
  store_options.sync = options.sync ? store::LogSync::Always : store::LogSync::Never;
  store_options.retention.cap_bytes = options.bytes_max;
  VIZSLA_TRY(const auto filler, StoreFiller::open(plan, store_options));
  const double begin = wall_seconds();
  Progress progress;
  Watched all;
  bool more = true;
  for (std::uint64_t hour = 1; hour <= options.hours; ++hour) {
    Watched watched;
    const UnixNanos end_ns = plan.start_ns + static_cast<std::int64_t>(hour) * kNanosPerHour;
    while (more && (hour == options.hours || filler->filled().end_ns < end_ns)) {
      VIZSLA_TRY(more, filler->append_next());
      if (!more) break;
      watched.add(filler->cost().append_ms, options.stall_ms);
      all.add(filler->cost().append_ms, options.stall_ms);
      progress.say("a day", filler->filled().spans, spans);
    }
    const EmbeddedStore::Stats stats = filler->store().stats();
    JsonWriter json;
    json.object([&] {
      json.field("what", "hour");
      json.field("hour", hour);
      json.field("spans", stats.spans);
      json.field("blocks", stats.blocks);
      json.field("merged_spans", stats.merged_spans);
      json.field("crowded_out_spans", stats.crowded_out_spans);
      write_disk(json, options.folder, stats.spans - stats.live_spans);
      watched.write(json);
    });
    print(json);
  }
  JsonWriter json;
  json.object([&] {
    json.field("what", "day");
    json.field("spans", filler->filled().spans);
    json.field("seconds", rounded(wall_seconds() - begin));
    write_cost(json, *filler);
    all.write(json);
  });
  print(json);
  VIZSLA_TRY_VOID(write_filled(options.folder, filler->filled()));
  return all.stalls == 0;
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

int run(int argc, char** argv) {
  CLI::App app{
      "What the embedded store costs: fills one with the traffic of days, asks it questions.\n"
      "Prints facts as lines of JSON. CPU times are those of the whole process.\n\n"
      "  store_bench fill --data /var/tmp/filled --spans 10000000 --days 10\n"
      "  store_bench ask --data /var/tmp/filled\n"};
  app.require_subcommand(1);
  constexpr std::string_view kNewFolder = "Folder; new, or empty";

  FillOptions filling;
  CLI::App* fill_command = app.add_subcommand("fill", "Writes a store that holds the spans of days");
  fill_command->footer(
      "The spans are those of a shop (bench/traffic), spread evenly over the days; nothing is synced. What making "
      "them\n"
      "costs (traffic) and what storing them costs is told apart. Blocks are cut by rows and bytes, not by age, which\n"
      "the store takes from real time. Bytes a span are all but the log's. Leaves bench.json, which `ask` reads.");
  fill_command->add_option("--data", filling.folder, std::string(kNewFolder))->required();
  fill_command->add_option("--spans", filling.spans, "How many, about")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  fill_command->add_option("--days", filling.days, "Over how much time")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  fill_command->add_option("--start-ns", filling.start_ns, "When it begins, in ns since 1970")->capture_default_str();
  fill_command->add_option("--late-share", filling.late_share, "Of payloads: those come two to six hours late")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  fill_command->add_option("--seed", filling.seed, "Of the traffic")->capture_default_str();

  AskOptions asking;
  CLI::App* ask_command = app.add_subcommand("ask", "Opens a filled store and asks it questions");
  ask_command->footer(
      "Each question is asked again and again, with other arguments where it has any. first_us is the wall time of "
      "its\n"
      "first answer; the other figures are of those behind it. Without --cold all files may be in memory already.\n\n" +
      list_of_questions());
  ask_command->add_option("--data", asking.folder, "Folder that `fill`, `recover` or `day` has written")->required();
  ask_command->add_option("--only", asking.only, "One question; may be given several times")
      ->check(CLI::IsMember(question_names()));
  ask_command->add_option("--repeat", asking.repeat, "How often each is asked")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  ask_command->add_option("--seconds-max", asking.seconds_max, "After which a question isn't asked again")
      ->capture_default_str();
  ask_command->add_flag("--cold", asking.cold, "Drop the files from the system's page cache first");

  RecoverOptions recovering;
  CLI::App* recover_command = app.add_subcommand("recover", "Opens a store whose log holds all of its spans");
  recover_command->footer(
      "First another process writes the log, of traffic that makes no block, and goes; nothing is synced. Then the "
      "store\n"
      "is opened with its default settings: the figures are of that alone, with the log in the page cache.");
  recover_command->add_option("--data", recovering.folder, std::string(kNewFolder))->required();
  recover_command->add_option("--log-bytes", recovering.log_bytes, "Size of the log, about; needs as much memory")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 40));

  DayOptions living;
  CLI::App* day_command = app.add_subcommand("day", "Fills a store and watches it, hour by hour");
  day_command->footer(
      "Time goes as fast as the store takes the spans; where blocks don't come along it waits for them (paced_s), "
      "which\n"
      "is no stall. A line after each hour, one at the end. Exits with 1 when an append was answered too late.");
  day_command->add_option("--data", living.folder, std::string(kNewFolder))->required();
  day_command->add_option("--rate", living.rate, "Spans a second")->capture_default_str()->check(CLI::PositiveNumber);
  day_command->add_option("--hours", living.hours, "How long")->capture_default_str()->check(CLI::PositiveNumber);
  day_command->add_option("--late-share", living.late_share, "Of payloads: those come two to six hours late")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  day_command->add_option("--max-bytes", living.bytes_max, "What the store may take; then the oldest blocks go")
      ->capture_default_str();
  day_command->add_option("--stall-ms", living.stall_ms, "What an append may take")->capture_default_str();
  day_command->add_flag("!--no-sync", living.sync, "Don't sync the log: the store's own waits, without the disk's");
  CLI11_PARSE(app, argc, argv);

  log::set_level(log::Level::Warn);
  const Result<bool> good = fill_command->parsed()      ? fill(filling)
                            : ask_command->parsed()     ? ask(asking)
                            : recover_command->parsed() ? recover(recovering)
                                                        : day(living);
  if (!good) fmt::print(stderr, "store_bench: {}\n", good.error().message);
  return good && *good ? 0 : 1;
}

}  // namespace
}  // namespace vizsla::bench

int main(int argc, char** argv) {
  return vizsla::bench::run(argc, argv);
}
