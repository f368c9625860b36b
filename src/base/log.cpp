#include "base/log.h"

#include <algorithm>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/guarded.h"
#include "base/rate_limit.h"

namespace vizsla::log {
namespace {

constexpr std::uint32_t kLinesPerCauseMax = 10;
constexpr auto kWindow = std::chrono::seconds(10);

// The one piece of process-wide state in the house: stderr is process-wide too.
spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("vizsla", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter =
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
    made->set_formatter(std::move(formatter));
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

Guarded<RateLimit>& rate_limit() {
  static Guarded<RateLimit> instance(RateLimit(kLinesPerCauseMax, kWindow));
  return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warn:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
    case Level::Off:
      return spdlog::level::off;
  }
  return spdlog::level::err;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::Debug:
      return "DEBUG";
    case Level::Info:
      return "INFO ";
    case Level::Warn:
      return "WARN ";
    case Level::Error:
      return "ERROR";
    case Level::Off:
      break;
  }
  return "ERROR";
}

std::string_view tag(Fault fault) {
  switch (fault) {
    case Fault::None:
      return "";
    case Fault::Ours:
      return "[bug] ";
    case Fault::Environment:
      return "[environment] ";
    case Fault::Client:
      return "[client] ";
  }
  return "";
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  static constexpr std::pair<std::string_view, Level> kNames[] = {
      {"trace", Level::Debug},  {"debug", Level::Debug}, {"info", Level::Info},      {"warn", Level::Warn},
      {"warning", Level::Warn}, {"error", Level::Error}, {"critical", Level::Error}, {"off", Level::Off},
  };
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 0x20 : b); };
  for (const auto& [known, level] : kNames) {
    if (std::ranges::equal(known, text, same)) return level;
  }
  return std::nullopt;
}

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

void write(Level level, Fault fault, std::string_view cause, std::string_view message) {
  if (!logger().should_log(to_spdlog(level))) return;

  std::uint64_t left_out = 0;
  if (!cause.empty()) {
    const auto admitted =
        rate_limit().with([&](RateLimit& limit) { return limit.admit(cause, std::chrono::steady_clock::now()); });
    if (!admitted) return;
    left_out = *admitted;
  }
  if (left_out > 0) {
    logger().log(to_spdlog(level), "{} {}{} (and {} more like it)", name(level), tag(fault), message, left_out);
  } else {
    logger().log(to_spdlog(level), "{} {}{}", name(level), tag(fault), message);
  }
}

}  // namespace vizsla::log
