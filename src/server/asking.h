// What commands have in common that ask a running server: the question, the answer's fields, and what is said when
// there is none.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.h"
#include "http/client.h"
#include "http/server.h"

namespace vizsla::server {

inline constexpr auto kAskTimeout = std::chrono::seconds(30);

// Says it on stderr; gives the exit code of a command that failed.
int say(std::string_view text);

// Columns of the terminal; 100 when there is none.
std::size_t terminal_width();

std::string name_of(const http::Address& address);

// What /api/ui routes say in an error's body.
std::string error_text(const http::ClientResponse& response);
// Why there was no answer, and what to do.
std::string unreachable(const http::Address& address, const Error& error);

// A JSON answer. One thread at a time; elements are good as long as it lives.
struct JsonAnswer {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
};
// GET; an error says what people should read.
Result<std::unique_ptr<JsonAnswer>> ask_for_json(const http::Address& address, const std::string& path);

// A field of an answer; empty for null, or what isn't there.
template <class Value>
Value field_of(simdjson::dom::element object, std::string_view name) {
  Value value{};
  return object[name].get(value) == simdjson::SUCCESS ? value : Value{};
}

// Nothing for null, or what isn't there.
inline std::optional<double> number_of(simdjson::dom::element object, std::string_view name) {
  double value = 0;
  return object[name].get(value) == simdjson::SUCCESS ? std::optional(value) : std::nullopt;
}

std::vector<simdjson::dom::element> list_of(simdjson::dom::element object, std::string_view name);

// A value of a query, so that it may hold anything.
std::string percent_encoded(std::string_view text);

}  // namespace vizsla::server
