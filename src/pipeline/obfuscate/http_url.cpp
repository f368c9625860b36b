#include "pipeline/obfuscate/http_url.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>

#include "pipeline/obfuscate/ip_address.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr auto kNowhere = std::string_view::npos;

// The parts of a URL that are written differently, as bits.
enum class Part : std::uint8_t { Host = 1, Path = 2, Fragment = 4, UserInfo = 8 };
constexpr std::uint8_t kMayStay = 16;

// By byte: in which parts it stands for itself (RFC 3986 §2.3, §3.2.1, §3.2.2, §3.3, §3.5, as Go reads them), and
// whether it may stay as the client wrote it although we would write it in another way.
constexpr auto kPlain = [] {
  std::array<std::uint8_t, 256> plain{};
  const auto add = [&](std::string_view characters, std::uint8_t parts) {
    for (const char c : characters) {
      std::uint8_t& bits = plain[static_cast<std::uint8_t>(c)];
      bits = static_cast<std::uint8_t>(bits | parts);
    }
  };
  const auto add_part = [&](std::string_view characters, Part part) {
    add(characters, static_cast<std::uint8_t>(part));
  };
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", 0xff);
  add_part("!$&'()*+,;=:[]<>\"", Part::Host);
  add_part("$&+,/:;=@", Part::Path);
  add_part("$&+,/:;=?@!()*", Part::Fragment);
  add_part("!$&'()*+,;=:%@", Part::UserInfo);
  add("!$&'()*+,;=:@[]%/", kMayStay);
  return plain;
}();

bool needs_escape(char c, Part part) {
  return (kPlain[static_cast<std::uint8_t>(c)] & static_cast<std::uint8_t>(part)) == 0;
}

bool may_stay(char c, Part part) {
  return (kPlain[static_cast<std::uint8_t>(c)] & (static_cast<std::uint8_t>(part) | kMayStay)) != 0;
}

// A text with percent escapes, byte by byte.
class Unescaped {
 public:
  explicit Unescaped(std::string_view text) : text_(text) {}

  // The next byte; false at the end. Escapes must have been checked.
  bool next(char& byte) {
    if (at_ == text_.size()) return false;
    byte = text_[at_];
    if (byte != '%') {
      ++at_;
      return true;
    }
    byte = static_cast<char>(hex_value(text_[at_ + 1]) * 16 + hex_value(text_[at_ + 2]));
    at_ += 3;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool has_sound_escapes(std::string_view text) {
  for (std::size_t at = text.find('%'); at != kNowhere; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2])) return false;
  }
  return true;
}

// A host may escape what isn't ASCII, and "%" itself; an IPv6 zone also what a host could hold.
bool is_sound_host(std::string_view host, bool zone) {
  if (!has_sound_escapes(host)) return false;
  for (std::size_t at = 0; at < host.size(); ++at) {
    if (host[at] != '%') {
      if (static_cast<std::uint8_t>(host[at]) < 0x80 && needs_escape(host[at], Part::Host)) return false;
      continue;
    }
    const std::string_view escape = host.substr(at, 3);
    const unsigned byte = hex_value(escape[1]) * 16 + hex_value(escape[2]);
    const bool allowed =
        escape == "%25" || (zone ? byte == ' ' || !needs_escape(static_cast<char>(byte), Part::Host) : byte >= 0x80);
    if (!allowed) return false;
    at += 2;
  }
  return true;
}

// Is `text`, ASCII letters lower-cased, `lower`?
bool is_same_word(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return ascii_lower(a) == b; });
}

bool is_port(std::string_view text) {
  if (text.empty()) return true;
  return text[0] == ':' && std::all_of(text.begin() + 1, text.end(), is_ascii_digit);
}

// "[2001:db8::1%25eth0]:80": between brackets only an address, with a zone behind an escaped percent sign.
bool is_sound_literal_and_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  if (bracket == kNowhere || !is_port(host.substr(bracket + 1))) return false;
  const std::string_view address = host.substr(1, bracket - 1);
  const std::size_t zone = address.find("%25");
  if (zone == kNowhere) return address.find('%') == kNowhere && is_ipv6_address(address);
  const std::string_view name = address.substr(zone + 3);
  return is_ipv6_address(address.substr(0, zone)) && !name.empty() && is_sound_host(name, true);
}

bool is_sound_host_and_port(std::string_view scheme, std::string_view host) {
  const std::size_t bracket = host.rfind('[');
  if (bracket == 0) return is_sound_literal_and_port(host);
  if (bracket != kNowhere) return false;
  // Elsewhere several hosts may stand there, each with its port (MongoDB, PostgreSQL).
  const bool is_http = is_same_word(scheme, "http") || is_same_word(scheme, "https");
  const std::size_t colon = is_http ? host.find(':') : host.rfind(':');
  return (colon == kNowhere || is_port(host.substr(colon))) && is_sound_host(host, false);
}

bool is_sound_user_info(std::string_view text) {
  return has_sound_escapes(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return needs_escape(c, Part::UserInfo); });
}

// Views of a URL's parts as they were written. The user info isn't one of them.
struct Url {
  std::string_view scheme;
  std::string_view opaque;  // all behind "scheme:", where no "/" follows it
  bool has_authority = false;
  std::string_view host;
  std::string_view path;
  bool has_query = false;
  std::string_view query;
  std::string_view fragment;
};

// The scheme before the first ":"; "" when there is none, nothing when the text begins with ":".
std::optional<std::string_view> scheme_of(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_ascii_letter(c)) continue;
    if (i == 0) return c == ':' ? std::nullopt : std::optional<std::string_view>("");
    if (c == ':') return text.substr(0, i);
    if (!is_ascii_digit(c) && c != '+' && c != '-' && c != '.') return std::string_view();
  }
  return std::string_view();
}

// Nothing when `text` is no URL.
std::optional<Url> parse(std::string_view text) {
  Url url;
  if (const std::size_t hash = text.find('#'); hash != kNowhere) {
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (!has_sound_escapes(url.fragment)) return std::nullopt;
  const auto is_control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;

  const auto scheme = scheme_of(text);
  if (!scheme) return std::nullopt;
  url.scheme = *scheme;
  if (!url.scheme.empty()) text.remove_prefix(url.scheme.size() + 1);

  if (const std::size_t mark = text.find('?'); mark != kNowhere) {
    url.has_query = true;
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }

  if (!text.starts_with('/')) {
    if (!url.scheme.empty()) {
      url.opaque = text;
      return url;
    }
    if (text.substr(0, text.find('/')).find(':') != kNowhere) return std::nullopt;
  } else if (text.starts_with("//") && (!url.scheme.empty() || !text.starts_with("///"))) {
    std::string_view authority = text.substr(2);
    const std::size_t slash = std::min(authority.find('/'), authority.size());
    text = authority.substr(slash);
    authority = authority.substr(0, slash);
    url.has_authority = true;
    const std::size_t at = authority.rfind('@');
    url.host = at == kNowhere ? authority : authority.substr(at + 1);
    if (at != kNowhere && !is_sound_user_info(authority.substr(0, at))) return std::nullopt;
    if (!is_sound_host_and_port(url.scheme, url.host)) return std::nullopt;
  }
  url.path = text;
  if (!has_sound_escapes(url.path)) return std::nullopt;
  return url;
}

void append_escaped(char c, Part part, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (!needs_escape(c, part)) {
    out += c;
    return;
  }
  out += '%';
  out += kHex[static_cast<std::uint8_t>(c) >> 4];
  out += kHex[static_cast<std::uint8_t>(c) & 0xf];
}

void append_rewritten(std::string_view text, Part part, std::string& out) {
  Unescaped bytes(text);
  for (char c = 0; bytes.next(c);) append_escaped(c, part, out);
}

// As the client wrote it, unless something in it may not stand there.
void append_part(std::string_view text, Part part, std::string& out) {
  if (std::all_of(text.begin(), text.end(), [&](char c) { return may_stay(c, part); })) {
    out += text;
  } else {
    append_rewritten(text, part, out);
  }
}

bool has_digit(std::string_view path) {
  Unescaped bytes(path);
  for (char c = 0; bytes.next(c);) {
    if (is_ascii_digit(c)) return true;
  }
  return false;
}

// Each stretch between slashes that has a digit becomes "?". Slashes that were escaped count, as they do in the Agent.
void append_path_without_digits(std::string_view path, std::string& out) {
  Unescaped bytes(path);
  std::size_t segment = out.size();
  bool digit = false;
  const auto end_segment = [&] {
    if (digit) out.replace(segment, kNowhere, "?");
    digit = false;
  };
  for (char c = 0; bytes.next(c);) {
    if (c == '/') {
      end_segment();
      out += '/';
      segment = out.size();
      continue;
    }
    digit = digit || is_ascii_digit(c);
    append_escaped(c, Part::Path, out);
  }
  end_segment();
}

// For what is no URL: "//user:password@" becomes "//".
void append_without_user_info(std::string_view text, std::string& out) {
  const std::size_t slashes = text.find("//");
  if (slashes != kNowhere) {
    const std::size_t begin = slashes + 2;
    const std::size_t at = text.substr(begin, text.find('/', begin) - begin).rfind('@');
    if (at != kNowhere) {
      out += text.substr(0, begin);
      out += text.substr(begin + at + 1);
      return;
    }
  }
  out += text;
}

}  // namespace

void obfuscate_http_url(std::string_view url, const UrlObfuscation& settings, std::string& out) {
  const std::optional<Url> parts = parse(url);
  if (!parts) {
    if (settings.remove_query_string || settings.remove_paths_with_digits) {
      out += '?';
    } else {
      append_without_user_info(url, out);
    }
    return;
  }

  const std::size_t begin = out.size();
  if (!parts->scheme.empty()) {
    std::transform(parts->scheme.begin(), parts->scheme.end(), std::back_inserter(out), ascii_lower);
    out += ':';
  }
  out += parts->opaque;
  if (parts->has_authority && (!parts->host.empty() || (!parts->scheme.empty() && !parts->path.empty()))) {
    out += "//";
    append_rewritten(parts->host, Part::Host, out);
  }
  const std::size_t path = out.size();
  if (settings.remove_paths_with_digits && has_digit(parts->path)) {
    append_path_without_digits(parts->path, out);
  } else {
    append_part(parts->path, Part::Path, out);
  }
  if (path == begin) {
    // What stands before a colon would be read as a scheme (RFC 3986 §4.2).
    const std::size_t colon = out.find(':', path);
    if (colon != kNowhere && colon < out.find('/', path)) out.insert(path, "./");
  }
  if (parts->has_query) {
    out += '?';
    if (!settings.remove_query_string) out += parts->query;
  }
  if (!parts->fragment.empty()) {
    out += '#';
    append_part(parts->fragment, Part::Fragment, out);
  }
}

}  // namespace vizsla::pipeline
