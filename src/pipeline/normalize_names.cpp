#include "pipeline/normalize_names.h"

#include <cstdint>

#include <fmt/format.h>
#include <utf8proc.h>

namespace vizsla::pipeline {
namespace {

constexpr std::size_t kTagCharactersMax = 200;
constexpr std::size_t kTagBytesMax = 400;

struct Character {
  utf8proc_int32_t code;  // negative for a byte that is no character
  std::size_t size;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto head = static_cast<std::uint8_t>(text[at]);
  if (head < 0x80) return {head, 1};
  utf8proc_int32_t code = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                     static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  return size > 0 ? Character{code, static_cast<std::size_t>(size)} : Character{-1, 1};
}

std::size_t utf8_size(utf8proc_int32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool is_letter(utf8proc_int32_t code) {
  if (code < 0) return false;
  const auto category = utf8proc_category(code);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_digit(utf8proc_int32_t code) {
  return code >= 0 && utf8proc_category(code) == UTF8PROC_CATEGORY_ND;
}

utf8proc_int32_t to_lower(utf8proc_int32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 0x20 : code;
  // Lower-cased only where that keeps the length (agent-protocol §5.3); letters of title case, such as ǅ, aren't upper.
  if (utf8proc_category(code) != UTF8PROC_CATEGORY_LU) return code;
  const utf8proc_int32_t lower = utf8proc_tolower(code);
  return utf8_size(lower) == utf8_size(code) ? lower : code;
}

void append(std::string& out, utf8proc_int32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(code, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// Most names are already as they should be: one look tells.
bool is_plain_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagCharactersMax || !(text[0] >= 'a' && text[0] <= 'z')) return false;
  char previous = 0;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '/' || c == '-';
    if (!plain && (c != '_' || previous == '_')) return false;
    previous = c;
  }
  return previous != '_';
}

enum class FirstCharacter { LetterOrColon, AnythingAllowed };

std::string normalize_tag_text(std::string_view text, FirstCharacter first) {
  if (is_plain_tag(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  std::size_t characters = 0;
  bool in_run = false;  // of characters that are replaced
  for (std::size_t at = 0; at < text.size() && at < kTagBytesMax && characters < kTagCharactersMax;) {
    const auto [code, size] = character_at(text, at);
    at += size;
    const utf8proc_int32_t lower = to_lower(code);
    const bool starts = is_letter(lower) || lower == ':';
    const bool allowed = starts || is_digit(lower) || lower == '.' || lower == '/' || lower == '-';
    if (allowed && (starts || characters > 0 || first == FirstCharacter::AnythingAllowed)) {
      if (in_run) out += '_';
      in_run = false;
      append(out, lower);
      ++characters;
    } else if (!in_run && (characters > 0 || first == FirstCharacter::AnythingAllowed)) {
      in_run = true;  // written when something follows it
      ++characters;
    }
  }
  return out;
}

}  // namespace

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t size = bytes_max;
  while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string normalize_tag(std::string_view text) {
  return normalize_tag_text(text, FirstCharacter::LetterOrColon);
}

std::string normalize_tag_value(std::string_view text) {
  return normalize_tag_text(text, FirstCharacter::AnythingAllowed);
}

namespace {

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Does the Agent let a name pass as it is, but for one `_` at its end? Its quick look is milder than its rule: a `_`
// behind a `.` stays when nothing else is to be mended.
bool passes_as_metric_name(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    const bool mark = c == '.' || c == '_';
    if (!mark && !is_alpha(c) && !(c >= '0' && c <= '9')) return false;
    if (mark && text[i - 1] == '_') return false;
  }
  return true;
}

}  // namespace

std::string normalize_metric_name(std::string_view text) {
  if (passes_as_metric_name(text)) return std::string(text.ends_with('_') ? text.substr(0, text.size() - 1) : text);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_alpha(c) || (!out.empty() && c >= '0' && c <= '9')) {
      out += c;
    } else if (out.empty()) {
      continue;
    } else if (c == '.') {
      if (out.back() == '_') {
        out.back() = '.';
      } else {
        out += '.';
      }
    } else if (out.back() != '.' && out.back() != '_') {
      out += '_';
    }
  }
  if (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

NormalizedName normalize_service(std::string_view service, std::string_view fallback) {
  if (service.empty()) return {std::string(fallback), NameFault::Empty};
  const std::string_view cut = cut_utf8(service, kServiceBytesMax);
  std::string name = normalize_tag_value(cut);
  if (name.empty()) return {std::string(fallback), NameFault::Invalid};
  return {std::move(name), cut.size() < service.size() ? NameFault::Truncated : NameFault::None};
}

NormalizedName normalize_operation(std::string_view operation) {
  constexpr std::string_view kUnnamed = "unnamed_operation";
  if (operation.empty()) return {std::string(kUnnamed), NameFault::Empty};
  const std::string_view cut = cut_utf8(operation, kOperationBytesMax);
  std::string name = normalize_metric_name(cut);
  if (name.empty()) return {std::string(kUnnamed), NameFault::Invalid};
  return {std::move(name), cut.size() < operation.size() ? NameFault::Truncated : NameFault::None};
}

std::string fallback_service(std::string_view language) {
  return language.empty() ? "unnamed-service" : fmt::format("unnamed-{}-service", language);
}

}  // namespace vizsla::pipeline
