#include "pipeline/obfuscate/sql_text.h"

#include <algorithm>
#include <bit>

#include <utf8proc.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr char32_t kReplacement = 0xfffd;

}  // namespace

SqlCharacter sql_character(const char* at, const char* end) {
  const auto head = static_cast<std::uint8_t>(*at);
  if (head < 0x80) return {head, 1};
  utf8proc_int32_t code = -1;
  const auto size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(at), static_cast<utf8proc_ssize_t>(end - at), &code);
  if (size <= 0) return {kReplacement, 1};
  return {static_cast<char32_t>(code), static_cast<std::size_t>(size)};
}

std::size_t valid_utf8_prefix(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin;
  while (at != end) {
    if (end - at >= 8 && (load<std::uint64_t>(at) & 0x8080808080808080u) == 0) {
      at += 8;
    } else if (static_cast<std::uint8_t>(*at) < 0x80) {
      ++at;
    } else {
      const SqlCharacter character = sql_character(at, end);
      if (character.size == 1) break;
      at += character.size;
    }
  }
  return static_cast<std::size_t>(at - begin);
}

bool is_unicode_letter(char32_t code) {
  if (code < 0x80) return is_ascii_letter(static_cast<char>(code));
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_unicode_number(char32_t code) {
  if (code < 0x80) return is_ascii_digit(static_cast<char>(code));
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool is_unicode_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

const char* find_end_of_plain(const char* at, char delimiter) {
#if defined(__SSE2__)
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const __m128i backslashes = _mm_set1_epi8('\\');
  for (;; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, delimiters), _mm_cmpeq_epi8(block, backslashes));
    const __m128i found = _mm_or_si128(ends, _mm_cmpeq_epi8(block, _mm_setzero_si128()));
    if (const int mask = _mm_movemask_epi8(found); mask != 0) return at + std::countr_zero(static_cast<unsigned>(mask));
  }
#else
  while (*at != delimiter && *at != '\\' && *at != 0) ++at;
  return at;
#endif
}

void SqlBuffer::release_if_large() {
  size_ = 0;
  if (capacity_ <= kKeptBytesMax) return;
  bytes_.reset();
  capacity_ = 0;
}

void SqlBuffer::append_character(char32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  append({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
}

void SqlBuffer::trim_from(std::size_t begin) {
  const std::string_view trimmed = trim_space(view(begin));
  if (!trimmed.empty()) std::memmove(bytes_.get() + begin, trimmed.data(), trimmed.size());
  size_ = begin + trimmed.size();
}

void SqlBuffer::pad() {
  reserve(0);
  std::memset(bytes_.get() + size_, 0, kSqlPadding);
}

void SqlBuffer::grow(std::size_t more) {
  const std::size_t capacity = std::max({size_ + more + kSqlPadding, capacity_ * 2, std::size_t{1024}});
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

void append_replacing_digits(std::string_view name, SqlBuffer& out) {
  out.reserve(name.size());
  bool in_digits = false;
  for (const char c : name) {
    const bool digit = is_ascii_digit(c);
    if (!digit) out.put(c);
    if (digit && !in_digits) out.put('?');
    in_digits = digit;
  }
}

void append_compacting_spaces(std::string_view text, SqlBuffer& out) {
  out.reserve(text.size());
  bool space_is_due = false;
  bool begun = false;
  for (const char c : text) {
    if (c == ' ') {
      space_is_due = begun;
      continue;
    }
    if (space_is_due) out.put(' ');
    out.put(c);
    space_is_due = false;
    begun = true;
  }
}

}  // namespace vizsla::pipeline
