#include "codec/config_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/base64.h"

namespace vizsla::codec {
namespace {

using simdjson::dom::element;

// An element, or a field that may be missing.
template <class Value>
std::string text_of(const Value& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return {};
  if (text.size() > kConfigTextBytesMax) {
    std::size_t end = kConfigTextBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  return std::string(text);
}

template <class Value>
std::uint64_t number_of(const Value& value) {
  std::uint64_t number = 0;
  return value.get(number) == simdjson::SUCCESS ? number : 0;
}

// Big-endian bytes, in base64 or as a list of numbers.
std::uint64_t capabilities_of(simdjson::simdjson_result<element> value) {
  std::uint64_t bits = 0;
  std::string_view text;
  simdjson::dom::array list;
  if (value.get(text) == simdjson::SUCCESS) {
    std::string bytes;
    if (!decode_base64(text, bytes)) return 0;
    for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
  } else if (value.get(list) == simdjson::SUCCESS) {
    for (const element byte : list) bits = bits << 8 | (number_of(byte) & 0xff);
  }
  return bits;
}

// Of [{"algorithm": "sha256", "hash": "…"}], or of one such object.
std::string sha256_of(simdjson::simdjson_result<element> hashes) {
  simdjson::dom::array list;
  if (hashes.get(list) != simdjson::SUCCESS)
    return text_of(hashes["algorithm"]) == "sha256" ? text_of(hashes["hash"]) : std::string{};
  for (const element hash : list) {
    if (text_of(hash["algorithm"]) == "sha256") return text_of(hash["hash"]);
  }
  return {};
}

// Calls `read` with each element of a list, which may be missing.
template <class Read>
Result<void> read_list(simdjson::simdjson_result<element> value, std::string_view name, std::size_t count_max,
                       Read read) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return {};
  std::size_t count = 0;
  for (const element item : list) {
    if (++count > count_max) return fail(ErrorCode::LimitExceeded, fmt::format("{}: more than {}", name, count_max));
    read(item);
  }
  return {};
}

}  // namespace

Result<ConfigRequest> decode_config_request(PaddedBytes body) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(body.bytes.data(), body.bytes.size(), false).get(document);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, fmt::format("not JSON: {}", simdjson::error_message(error)));
  element client;
  if (document["client"].get(client) != simdjson::SUCCESS || !client.is_object())
    return fail(ErrorCode::InvalidInput, "client: expected an object");

  ConfigRequest request;
  request.client_id = text_of(client["id"]);
  request.capabilities = capabilities_of(client["capabilities"]);
  VIZSLA_TRY_VOID(read_list(client["products"], "client.products", kConfigProductsMax,
                            [&](element product) { request.products.push_back(text_of(product)); }));
  const auto tracer = client["client_tracer"];
  request.language = text_of(tracer["language"]);
  request.tracer_version = text_of(tracer["tracer_version"]);
  request.service = text_of(tracer["service"]);
  request.env = text_of(tracer["env"]);

  const auto state = client["state"];
  request.targets_version = number_of(state["targets_version"]);
  if (bool has_error = false; state["has_error"].get(has_error) == simdjson::SUCCESS) request.has_error = has_error;
  if (request.has_error) request.error = text_of(state["error"]);
  VIZSLA_TRY_VOID(read_list(state["config_states"], "client.state.config_states", kConfigStatesMax, [&](element item) {
    const std::uint64_t apply = number_of(item["apply_state"]);
    request.configs.push_back({text_of(item["id"]), text_of(item["product"]),
                               apply <= 3 ? static_cast<ConfigRequest::Apply>(apply) : ConfigRequest::Apply::Unknown,
                               text_of(item["apply_error"])});
  }));
  VIZSLA_TRY_VOID(read_list(
      document["cached_target_files"], "cached_target_files", kConfigStatesMax,
      [&](element file) { request.cached_files.push_back({text_of(file["path"]), sha256_of(file["hashes"])}); }));
  return request;
}

}  // namespace vizsla::codec
