// What the registry of settings is made of: one Setting each, and functions that turn its text into a field of
// Settings. For settings.cpp and agent_settings.cpp.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "server/settings.h"

namespace vizsla::server {

// How a list is written where it is one text: in the environment, on the command line.
enum class ListSyntax {
  NoList,
  Commas,         // a, b
  Csv,            // a,"b, with a comma"
  Names,          // a, b or a b
  Words,          // a b, or a JSON list of texts, as the Agent takes tag filters
  JsonList,       // a JSON list of objects; kept as that text. In YAML all of its values are texts
  TypedJsonList,  // the same with numbers that are numbers
};

// One setting: what it is called, what it takes, and where it goes.
struct Setting {
  std::string_view key;  // in the file: nested at the dots
  std::string_view type;
  std::string_view standard;  // its value when nobody says anything
  std::string_view meaning;
  std::vector<std::string_view> environment;  // beside VIZSLA_<KEY>
  std::function<Result<void>(const std::vector<std::string>&, Settings&)> apply;
  ListSyntax list = ListSyntax::NoList;
};

inline Result<std::uint64_t> whole_number(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no whole number", text));
  if (value < low || value > high)
    return fail(ErrorCode::InvalidInput, fmt::format("{} is out of range: {} to {}", value, low, high));
  return value;
}

template <class Number>
auto number_into(Number Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(const std::uint64_t value, whole_number(texts.front(), low, high));
    settings.*field = static_cast<Number>(value);
    return {};
  };
}

// "64 MiB", "1GiB", "4096".
inline Result<std::uint64_t> size_in_bytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  int shift = 0;
  std::string_view number = text;
  for (const auto& [unit, bits] : kUnits) {
    if (!number.ends_with(unit)) continue;
    number.remove_suffix(unit.size());
    shift = bits;
    break;
  }
  while (number.ends_with(' ')) number.remove_suffix(1);
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || value > UINT64_MAX >> shift)
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is no size: expected a number of bytes, or one with KiB, MiB or GiB", text));
  return value << shift;
}

inline auto bytes_into(std::uint64_t Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(settings.*field, size_in_bytes(texts.front()));
    if (settings.*field < low || settings.*field > high)
      return fail(ErrorCode::InvalidInput,
                  fmt::format("{} is out of range: {} to {} MiB", texts.front(), low >> 20, high >> 20));
    return {};
  };
}

inline auto seconds_into(std::chrono::seconds Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(const std::uint64_t value, whole_number(texts.front(), low, high));
    settings.*field = std::chrono::seconds(value);
    return {};
  };
}

inline auto limit_into(pipeline::StatsLimit limit, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(const std::uint64_t value, whole_number(texts.front(), 1, high));
    settings.statistics_limits.most[static_cast<std::size_t>(limit)] = static_cast<std::uint32_t>(value);
    return {};
  };
}

// "30", "0.5". Fractions are for those who try things out.
inline auto days_into(std::chrono::nanoseconds Settings::* field, double high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    const std::string& text = texts.front();
    double days = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), days, std::chars_format::fixed);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
      return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no number of days", text));
    // "nan" is a number to from_chars, and in no range.
    if (!(days >= 0 && days <= high))
      return fail(ErrorCode::InvalidInput, fmt::format("{} is out of range: 0 to {}", text, high));
    settings.*field =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double, std::ratio<86'400>>(days));
    // However short, it isn't "for ever".
    if (days > 0) settings.*field = std::max(settings.*field, std::chrono::nanoseconds(1));
    return {};
  };
}

inline auto text_into(std::string Settings::* field) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    settings.*field = texts.front();
    return {};
  };
}

// One of a few words.
template <class T>
auto word_into(T Settings::* field, std::vector<std::pair<std::string_view, T>> words) {
  return [field, words = std::move(words)](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    std::string allowed;
    for (const auto& [word, value] : words) {
      if (texts.front() == word) {
        settings.*field = value;
        return {};
      }
      allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word);
    }
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is none of: {}", texts.front(), allowed));
  };
}

// The settings of `apm_config` in the Agent's own names (agent-protocol §16).
void add_agent_settings(std::vector<Setting>& registry);

}  // namespace vizsla::server
