// One line an event, to stderr: "2026-11-21T12:00:00.123Z WARN  [client] message".
//
// Each line says whose fault it is, because that decides what the reader does next: ours (report it), the environment's
// (disk, port, permissions: mend it), the client's (look at that service), or nobody's. Lines with the same cause are
// rate-limited; the next one that gets through says how many were left out. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace vizsla::log {

enum class Level { Debug, Info, Warn, Error, Off };
enum class Fault { None, Ours, Environment, Client };

// The level that `text` names, in small or capital letters; the Agent's "trace", "warning", "critical" and "off" too.
std::optional<Level> parse_level(std::string_view text);

// Lines below `level` are not printed. Info until set.
void set_level(Level level);

// Writes one line. `cause` is a short stable word ("wal_append_failed") that the rate limit counts by: ten lines a
// cause every ten seconds. An empty cause is never limited.
void write(Level level, Fault fault, std::string_view cause, std::string_view message);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Info, Fault::None, "", fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(Fault fault, std::string_view cause, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Warn, fault, cause, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void error(Fault fault, std::string_view cause, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Error, fault, cause, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace vizsla::log
