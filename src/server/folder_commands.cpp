#include "server/folder_commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/service_control.h"
#include "query/time_range.h"
#include "server/show_amounts.h"
#include "store/embedded/backup.h"
#include "store/embedded/fsck.h"

namespace vizsla::server {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitDamage = 2;

int say(std::string_view text) {
  fmt::print(stderr, "vizsla: {}\n", text);
  return kExitFailed;
}

std::string count_text(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", show_count(count), count == 1 ? singular : plural);
}

// Says on stderr how far something is, once it turns out to be long: over and over on one line for a person, a line now
// and then for a file.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what) : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0) {}

  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Something else is going to be printed: it shall not stand behind the line.
  void clear() {
    if (said_ && terminal_) fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }

  void operator()(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ || total == 0) return;
    next_ = now + (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
    said_ = true;
    fmt::print(stderr, "{}{}: {} % of {}{}", terminal_ ? "\r" : "", what_, done * 100 / total, show_bytes(total),
               terminal_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
  }

 private:
  const std::string what_;
  const bool terminal_;
  bool said_ = false;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

void print_counts(const store::BackupReport& report) {
  for (const store::TableCounts& table : report.tables) {
    fmt::print("  {}: {} with {}, {}\n", table.name, count_text(table.blocks, "block", "blocks"),
               count_text(table.rows, "row", "rows"), show_bytes(table.bytes));
  }
  fmt::print("  log: {}, {}\n", count_text(report.log_segments, "segment", "segments"), show_bytes(report.log_bytes));
  fmt::print("  {} linked ({}), {} copied ({})\n", count_text(report.files.linked_files, "file", "files"),
             show_bytes(report.files.linked_bytes), report.files.copied_files, show_bytes(report.files.copied_bytes));
}

bool lies_within(const std::string& path, const std::string& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::filesystem::weakly_canonical(folder, error);
  if (error) return false;
  const std::string relative = inner.lexically_relative(outer).string();
  return !relative.empty() && !relative.starts_with("..");
}

}  // namespace

int run_backup(const BackupCommand& command) {
  if (lies_within(command.backup, command.data_dir)) {
    return say(fmt::format("{} lies in the data folder {}: what happens to the one would happen to the other",
                           command.backup, command.data_dir));
  }
  const auto files = store::make_posix_files();
  const auto report = [&] {
    ProgressLine line("backup");
    return store::take_backup(*files, {.from = command.data_dir,
                                       .to = command.backup,
                                       .copy = command.copy,
                                       .now = SystemClock().now(),
                                       .databases = {{std::string(control::kControlFile), control::copy_control}},
                                       .progress = std::ref(line)});
  }();
  if (!report) return say(report.error().message);
  fmt::print("Backup of {} in {}:\n", command.data_dir, command.backup);
  print_counts(*report);
  fmt::print(
      "Everything that was acknowledged before {} is in it. To use it:\n"
      "  vizsla restore {} --data-dir <a new folder>\n",
      query::format_time(report->begun_ns, 3), command.backup);
  return 0;
}

int run_restore(const RestoreCommand& command) {
  const auto files = store::make_posix_files();
  const auto report = [&] {
    ProgressLine line("restore");
    return store::restore_backup(
        *files, {.from = command.backup, .to = command.data_dir, .copy = command.copy, .progress = std::ref(line)});
  }();
  if (!report) return say(report.error().message);
  fmt::print("Restored {} into {}:\n", command.backup, command.data_dir);
  print_counts(*report);
  fmt::print(
      "It has everything that was acknowledged before {}. Start it:\n"
      "  vizsla serve --data-dir {}\n",
      query::format_time(report->begun_ns, 3), command.data_dir);
  return 0;
}

namespace {

std::string_view name_of(store::Finding::Severity severity) {
  switch (severity) {
    case store::Finding::Severity::Note:
      return "note";
    case store::Finding::Severity::Repairable:
      return "repairable";
    case store::Finding::Severity::Damage:
      return "damage";
  }
  return "";
}

void print_loss(const store::Loss& loss, bool repaired) {
  std::string rows = "an unknown number of rows";
  if (loss.known != store::Loss::Rows::Unknown) {
    rows = fmt::format("{}{}", loss.known == store::Loss::Rows::AtMost ? "at most " : "",
                       count_text(loss.rows, "row", "rows"));
  }
  std::string when;
  if (loss.from != 0 && loss.to != 0) {
    when = fmt::format(", {} between {} and {}", loss.by_receipt ? "received" : "of times",
                       query::format_time(loss.from, 3), query::format_time(loss.to, 3));
  } else if (loss.from != 0) {
    when = fmt::format(", received after {}", query::format_time(loss.from, 3));
  }
  fmt::print("{}: {} of {}{}\n", repaired ? "lost" : "can't be read", rows, loss.where, when);
}

}  // namespace

int run_fsck(const FsckCommand& command) {
  const auto files = store::make_posix_files();
  const auto report = [&] {
    ProgressLine line("fsck");
    store::FsckOptions options;
    options.folder = command.folder;
    options.repair = command.repair;
    options.progress = std::ref(line);
    options.found = [&](const store::Finding& finding) {
      line.clear();
      fmt::print("{:<10}  {}: {}\n", name_of(finding.severity), finding.where, finding.what);
      std::fflush(stdout);
    };
    options.repaired = [&](const std::string& what) {
      line.clear();
      fmt::print("{:<10}  {}\n", "repaired", what);
      std::fflush(stdout);
    };
    return store::check_folder(*files, options);
  }();
  if (!report) return say(report.error().message);
  for (const store::Loss& loss : report->losses) print_loss(loss, command.repair);

  fmt::print("{}: {} with {} ({}), {} of the log with {} ({})\n", command.folder,
             count_text(report->blocks, "block", "blocks"), count_text(report->rows, "row", "rows"),
             show_bytes(report->block_bytes), count_text(report->segments, "segment", "segments"),
             count_text(report->frames, "frame", "frames"), show_bytes(report->log_bytes));
  using Severity = store::Finding::Severity;
  const std::size_t wrong = report->count(Severity::Repairable) + report->count(Severity::Damage);
  if (wrong == 0) {
    fmt::print("All of it is sound.\n");
    return 0;
  }
  const auto repaired = static_cast<std::size_t>(std::count_if(
      report->findings.begin(), report->findings.end(),
      [](const store::Finding& finding) { return finding.severity != Severity::Note && finding.repaired; }));
  fmt::print("{}, of which {} damage.", count_text(wrong, "thing is wrong", "things are wrong"),
             report->count(Severity::Damage) == 1 ? "1 is" : fmt::format("{} are", report->count(Severity::Damage)));
  if (command.repair) {
    fmt::print(" {} repaired{}.\n", count_text(repaired, "is", "are"),
               report->losses.empty() ? "" : "; what couldn't be was set aside in quarantine/");
  } else {
    fmt::print(" `vizsla fsck {} --repair` puts right what can be; take a backup before, if there is none.\n",
               command.folder);
  }
  return report->sound() ? 0 : kExitDamage;
}

}  // namespace vizsla::server
