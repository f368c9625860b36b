#include "http/message.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace vizsla::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

template <class Fields>
auto find(const Fields& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& field) { return equals_ignoring_case(field.first, name); });
}

Body::Body(std::string_view text) {
  if (!text.empty()) std::memcpy(grow(text.size()), text.data(), text.size());
  set_size(text.size());
}

void Body::set_size(std::size_t size) {
  VIZSLA_CHECK(size + kPadding <= bytes_.size());
  size_ = size;
  std::memset(bytes_.data() + size, 0, kPadding);
}

std::uint8_t* Body::grow(std::size_t size) {
  bytes_.resize(size + kPadding);
  return bytes_.data();
}

std::string_view Request::path_value(std::string_view name) const {
  const auto it = find(path_values, name);
  return it == path_values.end() ? std::string_view{} : it->second;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const auto it = find(query, name);
  return it == query.end() ? std::nullopt : std::optional<std::string_view>(it->second);
}

std::vector<std::string_view> Request::query_values(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Bytes Response::body_bytes() const {
  if (const auto* text = std::get_if<std::string>(&body)) return as_bytes(*text);
  return std::get<Bytes>(body);
}

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::move(text);
  return response;
}

Response json_response(int status, std::string json) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::move(json);
  return response;
}

}  // namespace vizsla::http
