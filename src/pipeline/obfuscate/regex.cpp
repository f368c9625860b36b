#include "pipeline/obfuscate/regex.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <re2/re2.h>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

// Of an expression that is compiled, and of what it keeps while it matches; without room for that it is only slower. A
// thousand can stand in the settings.
constexpr std::int64_t kRegexBytesMax = 1 << 20;
constexpr std::size_t kPatternBytesMax = 10'000;

// "(?<name>" → "(?P<name>", but not inside a class, behind a backslash, or between \Q and \E.
std::string with_named_groups(std::string_view pattern) {
  std::string out;
  out.reserve(pattern.size() + 8);
  bool in_class = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("\\Q") && !in_class) {
      const std::size_t end = rest.find("\\E");
      const std::string_view literal = rest.substr(0, end);
      out += literal;
      at += literal.size() - 1;
    } else if (rest[0] == '\\') {
      out += rest.substr(0, 2);
      ++at;
    } else if (in_class) {
      in_class = rest[0] != ']';
      out += rest[0];
    } else if (rest[0] == '[') {
      // A "]" at the begin of a class stands for itself.
      in_class = true;
      const std::size_t size = rest.starts_with("[^]") ? 3 : rest.starts_with("[]") || rest.starts_with("[^") ? 2 : 1;
      out += rest.substr(0, size);
      at += size - 1;
    } else if (rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!') {
      out += "(?P<";
      at += 2;
    } else {
      out += rest[0];
    }
  }
  return out;
}

// Bytes of the character at the head of `text`; 1 for a byte that is none.
std::size_t character_size(std::string_view text) {
  std::size_t size = 1;
  if (static_cast<std::uint8_t>(text[0]) < 0xc0) return size;
  while (size < text.size() && size < 4 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) ++size;
  return size;
}

bool is_in_name(char c) {
  // Letters beyond ASCII count as well; here every such character does.
  return is_ascii_alphanumeric(c) || c == '_' || static_cast<std::uint8_t>(c) >= 0x80;
}

// The number of a group: digits without a leading zero, not absurdly large; -1 when it is a name.
int group_number(std::string_view name) {
  if (name.size() > 8 || (name.size() > 1 && name[0] == '0')) return -1;
  int number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() ? number : -1;
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return fail(ErrorCode::LimitExceeded, "the regular expression is longer than 10,000 bytes");
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kRegexBytesMax);
  auto compiled = std::make_unique<re2::RE2>(with_named_groups(pattern), options);
  if (!compiled->ok()) return fail(ErrorCode::InvalidInput, compiled->error());
  return Regex(std::string(pattern), std::move(compiled));
}

Regex::Regex(std::string pattern, std::unique_ptr<re2::RE2> compiled)
    : pattern_(std::move(pattern)), compiled_(std::move(compiled)) {}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

bool Regex::search(std::string_view text) const {
  return compiled_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

// Where the groups of the match at hand are; 0 is the whole.
struct RegexReplacement::Match {
  std::vector<re2::StringPiece> groups;
};

RegexReplacement::RegexReplacement(Regex regex, std::string_view replacement)
    : regex_(std::move(regex)), match_(std::make_unique<Match>()) {
  parse(replacement);
  int groups = 0;
  for (const Piece& piece : pieces_) groups = std::max(groups, piece.group);
  match_->groups.resize(static_cast<std::size_t>(groups) + 1);
}

RegexReplacement::RegexReplacement(RegexReplacement&&) noexcept = default;
RegexReplacement& RegexReplacement::operator=(RegexReplacement&&) noexcept = default;
RegexReplacement::~RegexReplacement() = default;

void RegexReplacement::parse(std::string_view replacement) {
  const int groups = regex_.compiled_->NumberOfCapturingGroups();
  const auto& names = regex_.compiled_->NamedCapturingGroups();
  pieces_.emplace_back();
  while (!replacement.empty()) {
    const std::size_t dollar = std::min(replacement.find('$'), replacement.size());
    pieces_.back().text += replacement.substr(0, dollar);
    replacement.remove_prefix(dollar);
    if (replacement.empty()) return;

    const std::string_view rest = replacement.substr(1);
    if (rest.starts_with('$')) {
      pieces_.back().text += '$';
      replacement.remove_prefix(2);
      continue;
    }
    const bool braced = rest.starts_with('{');
    std::string_view name = rest.substr(braced ? 1 : 0);
    std::size_t size = 0;
    while (size < name.size() && is_in_name(name[size])) ++size;
    const bool closed = !braced || (size < name.size() && name[size] == '}');
    name = name.substr(0, size);
    if (name.empty() || !closed) {
      pieces_.back().text += '$';  // no group: it stands for itself
      replacement.remove_prefix(1);
      continue;
    }
    replacement.remove_prefix(1 + size + (braced ? 2 : 0));

    int group = group_number(name);
    if (group < 0) {
      const auto named = names.find(std::string(name));
      if (named != names.end()) group = named->second;
    }
    if (group < 0 || group > groups) continue;  // stands for nothing
    pieces_.back().group = group;
    pieces_.emplace_back();
  }
}

bool RegexReplacement::replace(std::string_view text, std::string& out) {
  const std::size_t begin = out.size();
  std::size_t copied = 0;  // of `text`: where the last match ended
  std::size_t at = 0;      // where to look for the next one
  bool matched = false;
  auto& groups = match_->groups;
  while (at <= text.size() &&
         regex_.compiled_->Match(re2::StringPiece(text.data(), text.size()), at, text.size(), re2::RE2::UNANCHORED,
                                 groups.data(), static_cast<int>(groups.size()))) {
    const auto match_begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t match_end = match_begin + groups[0].size();
    out += text.substr(copied, match_begin - copied);
    if (match_end > copied || match_begin == 0) append_replacement(out);
    matched = true;
    copied = match_end;
    if (out.size() - begin > kReplacedBytesMax) {
      out.resize(begin);
      out += '?';
      return true;
    }
    // On by one character at least.
    const std::size_t step = at < text.size() ? character_size(text.substr(at)) : 1;
    at = std::max(at + step, match_end);
  }
  if (!matched) return false;
  out += text.substr(copied);
  if (out.size() - begin > kReplacedBytesMax) {
    out.resize(begin);
    out += '?';
  }
  return true;
}

void RegexReplacement::append_replacement(std::string& out) const {
  for (const Piece& piece : pieces_) {
    out += piece.text;
    if (piece.group < 0) continue;
    const re2::StringPiece& group = match_->groups[static_cast<std::size_t>(piece.group)];
    out.append(group.data() == nullptr ? "" : group.data(), group.size());
  }
}

}  // namespace vizsla::pipeline
