#include "server/asking.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vizsla::server {

int say(std::string_view text) {
  constexpr int kExitFailed = 1;
  fmt::print(stderr, "vizsla: {}\n", text);
  return kExitFailed;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return std::min<std::size_t>(size.ws_col, 400);
  return 100;
}

std::string name_of(const http::Address& address) {
  if (const auto* tcp = std::get_if<http::TcpAddress>(&address)) return "http://" + to_string(*tcp);
  return "unix://" + std::get<http::UnixAddress>(address).path;
}

std::string error_text(const http::ClientResponse& response) {
  simdjson::dom::parser parser;
  std::string_view message;
  if (parser.parse(simdjson::padded_string(response.body))["message"].get(message) == simdjson::SUCCESS)
    return std::string(message);
  return fmt::format("status {}", response.status);
}

std::string unreachable(const http::Address& address, const Error& error) {
  return fmt::format("{}. Is `vizsla serve` running? Give its address with --http, as in --http http://127.0.0.1:8127",
                     error.message.empty() ? name_of(address) : error.message);
}

Result<std::unique_ptr<JsonAnswer>> ask_for_json(const http::Address& address, const std::string& path) {
  const auto answer = http::send_request(address, {"GET", path, {}, ""}, kAskTimeout);
  if (!answer) return fail(ErrorCode::Unavailable, unreachable(address, answer.error()));
  if (answer->status != 200) return fail(ErrorCode::Internal, error_text(*answer));
  auto json = std::make_unique<JsonAnswer>();
  if (json->parser.parse(simdjson::padded_string(answer->body)).get(json->root) != simdjson::SUCCESS)
    return fail(ErrorCode::Internal, fmt::format("{} answered something else than JSON", name_of(address)));
  return json;
}

std::vector<simdjson::dom::element> list_of(simdjson::dom::element object, std::string_view name) {
  std::vector<simdjson::dom::element> items;
  simdjson::dom::array array;
  if (object[name].get(array) == simdjson::SUCCESS) items.assign(array.begin(), array.end());
  return items;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace vizsla::server
