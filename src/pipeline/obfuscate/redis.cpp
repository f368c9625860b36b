#include "pipeline/obfuscate/redis.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr int kCommandsMax = 3;
// Tracers cut long commands and end them with this.
constexpr std::string_view kCut = "...";

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

void append_upper(std::string_view text, std::string& out) {
  for (const char c : text) out += ascii_upper(c);
}

// Takes the first word between blanks off `line`; "" when there is none.
std::string_view take_word(std::string_view& line) {
  std::size_t begin = 0;
  while (begin < line.size() && is_blank(line[begin])) ++begin;
  std::size_t end = begin;
  while (end < line.size() && !is_blank(line[end])) ++end;
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

// The same by Go's white space, newlines included.
std::string_view take_field(std::string_view& text) {
  while (const std::size_t size = space_at(text, 0)) text.remove_prefix(size);
  std::size_t end = 0;
  while (end < text.size() && space_at(text, end) == 0) ++end;
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end);
  return field;
}

bool has_second_word(std::string_view command) {
  constexpr std::array<std::string_view, 6> kTwoWords{"CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "SCRIPT"};
  return std::any_of(kTwoWords.begin(), kTwoWords.end(),
                     [&](std::string_view name) { return equals_upper(command, name); });
}

// Splits raw commands into words. A word is a stretch of the input: quotes and backslashes stay in it.
class Words {
 public:
  explicit Words(std::string_view text) : text_(trim_space(text)) {}

  // The next command's name; "" when nothing is left. Lines without a word are passed over.
  std::string_view command() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n')) ++at_;
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '\n') ++at_;
    tabs_separate_ = at_ < text_.size() && text_[at_] == '\t';
    return text_.substr(begin, at_ - begin);
  }

  // Goes to the command's next argument; false at its end.
  bool next_argument(std::string_view& argument) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ == text_.size() || text_[at_] == '\n') return false;
    const std::size_t begin = at_;
    bool quoted = false;
    bool escaped = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (!quoted && (c == ' ' || c == '\n' || (c == '\t' && tabs_separate_))) break;
      if (c == '"' && !escaped) quoted = !quoted;
      escaped = c == '\\' && !escaped;
    }
    argument = text_.substr(begin, at_ - begin);
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  // Tracers join arguments with spaces, so that a tab belongs to a value; unless one stands behind the command.
  bool tabs_separate_ = false;
};

// Which arguments of a command are hidden, counted from 0.
struct Rule {
  enum class Kind : std::uint8_t {
    Nth,       // `first` alone
    Every,     // `first`, and each `step` behind it
    Rest,      // all from `first` on, as one "?"
    Zadd,      // members: behind the flags, each second one
    Bitfield,  // the third word behind SET
    Config,    // values of CONFIG SET
  };
  std::string_view command;
  Kind kind;
  std::uint8_t first = 0;
  std::uint8_t step = 0;
};

constexpr std::array kRules{
    Rule{"ACL", Rule::Kind::Rest, 1},        Rule{"APPEND", Rule::Kind::Nth, 1},
    Rule{"AUTH", Rule::Kind::Rest, 0},       Rule{"BITFIELD", Rule::Kind::Bitfield},
    Rule{"CONFIG", Rule::Kind::Config},      Rule{"GEOADD", Rule::Kind::Every, 3, 3},
    Rule{"GEODIST", Rule::Kind::Rest, 1},    Rule{"GEOHASH", Rule::Kind::Rest, 1},
    Rule{"GEOPOS", Rule::Kind::Rest, 1},     Rule{"GEORADIUSBYMEMBER", Rule::Kind::Nth, 1},
    Rule{"GETSET", Rule::Kind::Nth, 1},      Rule{"HELLO", Rule::Kind::Rest, 0},
    Rule{"HMSET", Rule::Kind::Every, 2, 2},  Rule{"HSET", Rule::Kind::Every, 2, 2},
    Rule{"HSETNX", Rule::Kind::Nth, 2},      Rule{"LINSERT", Rule::Kind::Nth, 3},
    Rule{"LPUSH", Rule::Kind::Rest, 1},      Rule{"LPUSHX", Rule::Kind::Nth, 1},
    Rule{"LREM", Rule::Kind::Nth, 2},        Rule{"LSET", Rule::Kind::Nth, 2},
    Rule{"MIGRATE", Rule::Kind::Rest, 0},    Rule{"MSET", Rule::Kind::Every, 1, 2},
    Rule{"MSETNX", Rule::Kind::Every, 1, 2}, Rule{"PSETEX", Rule::Kind::Nth, 2},
    Rule{"RESTORE", Rule::Kind::Nth, 2},     Rule{"RPUSH", Rule::Kind::Rest, 1},
    Rule{"RPUSHX", Rule::Kind::Nth, 1},      Rule{"SADD", Rule::Kind::Rest, 1},
    Rule{"SET", Rule::Kind::Nth, 1},         Rule{"SETBIT", Rule::Kind::Nth, 2},
    Rule{"SETEX", Rule::Kind::Nth, 2},       Rule{"SETNX", Rule::Kind::Nth, 1},
    Rule{"SETRANGE", Rule::Kind::Nth, 2},    Rule{"SISMEMBER", Rule::Kind::Nth, 1},
    Rule{"SMOVE", Rule::Kind::Nth, 2},       Rule{"SREM", Rule::Kind::Rest, 1},
    Rule{"ZADD", Rule::Kind::Zadd},          Rule{"ZINCRBY", Rule::Kind::Nth, 2},
    Rule{"ZRANK", Rule::Kind::Nth, 1},       Rule{"ZREM", Rule::Kind::Rest, 1},
    Rule{"ZREVRANK", Rule::Kind::Nth, 1},    Rule{"ZSCORE", Rule::Kind::Nth, 1},
};
static_assert(std::is_sorted(kRules.begin(), kRules.end(),
                             [](const Rule& a, const Rule& b) { return a.command < b.command; }));

const Rule* rule_of(std::string_view command) {
  constexpr std::size_t kNameMax = 17;  // GEORADIUSBYMEMBER
  if (command.size() > kNameMax) return nullptr;
  std::array<char, kNameMax> upper{};
  std::transform(command.begin(), command.end(), upper.begin(), ascii_upper);
  const std::string_view name(upper.data(), command.size());
  const auto* found = std::lower_bound(kRules.begin(), kRules.end(), name,
                                       [](const Rule& rule, std::string_view wanted) { return rule.command < wanted; });
  return found != kRules.end() && found->command == name ? found : nullptr;
}

bool is_zadd_flag(std::string_view argument) {
  constexpr std::array<std::string_view, 6> kFlags{"CH", "GT", "INCR", "LT", "NX", "XX"};
  return std::any_of(kFlags.begin(), kFlags.end(), [&](std::string_view flag) { return equals_upper(argument, flag); });
}

// Follows the arguments of one command and says of each whether it is hidden.
class Hiding {
 public:
  explicit Hiding(const Rule* rule) : rule_(rule) {}

  bool hides(std::string_view argument) {
    const std::size_t index = index_++;
    if (rule_ == nullptr) return false;
    switch (rule_->kind) {
      case Rule::Kind::Nth:
      case Rule::Kind::Rest:
        return index == rule_->first;
      case Rule::Kind::Every:
        return index >= rule_->first && (index - rule_->first) % rule_->step == 0;
      case Rule::Kind::Zadd:
        if (index == 0) return false;
        if (mark_ == 0 && !is_zadd_flag(argument)) mark_ = index;  // the first score
        return mark_ != 0 && (index - mark_) % 2 == 1;
      case Rule::Kind::Bitfield:
        if (mark_ != 0 && index - mark_ == 3) {
          mark_ = 0;
          return true;
        }
        if (index > 0 && equals_upper(argument, "SET")) mark_ = index;
        return false;
      case Rule::Kind::Config:
        if (index == 0) mark_ = equals_upper(argument, "SET") ? 1 : 0;
        return mark_ != 0 && index >= 2 && index % 2 == 0;
    }
    return false;
  }

  // Is nothing written behind a hidden argument?
  [[nodiscard]] bool hides_rest() const { return rule_ != nullptr && rule_->kind == Rule::Kind::Rest; }

 private:
  const Rule* rule_;
  std::size_t index_ = 0;
  std::size_t mark_ = 0;  // where the arguments that count begin; 0 = not seen
};

}  // namespace

void quantize_redis_resource(std::string_view resource, std::string& out) {
  const std::size_t begin = out.size();
  const auto separate = [&] {
    if (out.size() > begin) out += ' ';
  };
  int commands = 0;
  bool cut = false;
  while (!resource.empty() && commands < kCommandsMax) {
    const std::size_t newline = resource.find('\n');
    std::string_view line = resource.substr(0, newline);
    resource.remove_prefix(newline == std::string_view::npos ? resource.size() : newline + 1);

    const std::string_view command = take_word(line);
    if (command.empty()) continue;
    const std::string_view second = has_second_word(command) ? take_word(line) : std::string_view();
    cut = command.ends_with(kCut) || second.ends_with(kCut);
    if (cut) continue;
    separate();
    append_upper(command, out);
    if (!second.empty()) {
      out += ' ';
      append_upper(second, out);
    }
    ++commands;
  }
  if (commands == kCommandsMax || cut) {
    separate();
    out += kCut;
  }
}

void obfuscate_redis_command(std::string_view command, std::string& out) {
  Words words(command);
  bool first = true;
  for (std::string_view name = words.command(); !name.empty(); name = words.command()) {
    if (!first) out += '\n';
    first = false;
    out += name;
    Hiding hiding(rule_of(name));
    bool done = false;
    for (std::string_view argument; words.next_argument(argument);) {
      if (done) continue;
      const bool hidden = hiding.hides(argument);
      out += ' ';
      out += hidden ? std::string_view("?") : argument;
      done = hidden && hiding.hides_rest();
    }
  }
}

void remove_redis_arguments(std::string_view command, std::string& out) {
  const std::string_view name = take_field(command);
  out += name;
  std::string_view argument = take_field(command);
  if (argument.empty()) return;
  if (equals_upper(name, "CONFIG")) {
    constexpr std::array<std::string_view, 4> kKept{"GET", "SET", "RESETSTAT", "REWRITE"};
    if (std::any_of(kKept.begin(), kKept.end(), [&](std::string_view kept) { return equals_upper(argument, kept); })) {
      out += ' ';
      out += argument;
    }
  }
  out += " ?";
  if (!equals_upper(name, "BITFIELD")) return;
  for (; !argument.empty(); argument = take_field(command)) {
    if (!equals_upper(argument, "SET") && !equals_upper(argument, "GET") && !equals_upper(argument, "INCRBY")) continue;
    out += ' ';
    out += argument;
    out += " ?";
  }
}

}  // namespace vizsla::pipeline
