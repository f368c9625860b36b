#include "codec/services.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/msgpack_reader.h"
#include "codec/text.h"

namespace vizsla::codec {
namespace {

std::string sound(std::string_view text) {
  return is_valid_utf8(text) ? std::string(text) : repair_utf8(text);
}

tl::unexpected<Error> too_many() {
  return fail(ErrorCode::LimitExceeded, fmt::format("more than {} services", kDeclaredServicesMax));
}

std::string text_or_nothing(MsgpackReader& in) {
  using Kind = MsgpackReader::Kind;
  if (in.peek() == Kind::String || in.peek() == Kind::Bin || in.peek() == Kind::Nil) return sound(in.string());
  in.skip();
  return {};
}

}  // namespace

Result<std::vector<model::DeclaredService>> decode_services_msgpack(Bytes body) {
  MsgpackReader in(body);
  std::vector<model::DeclaredService> services;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    if (services.size() == kDeclaredServicesMax) return too_many();
    model::DeclaredService& service = services.emplace_back();
    service.service = sound(in.string());
    if (in.peek() != MsgpackReader::Kind::Map) {
      in.skip();
      continue;
    }
    for (std::uint32_t fields = in.map_header(); fields > 0 && !in.failed(); --fields) {
      const std::string_view field = in.string();
      if (field == "app") {
        service.app = text_or_nothing(in);
      } else if (field == "app_type") {
        service.type = text_or_nothing(in);
      } else {
        in.skip();
      }
    }
  }
  if (in.failed()) return fail(in.error());
  return services;
}

Result<std::vector<model::DeclaredService>> decode_services_json(PaddedBytes body) {
  simdjson::dom::parser parser;
  simdjson::dom::object list;
  if (const auto error = parser.parse(body.bytes.data(), body.bytes.size(), false).get(list); error != 0u)
    return fail(ErrorCode::InvalidInput, fmt::format("not a list of services: {}", simdjson::error_message(error)));
  std::vector<model::DeclaredService> services;
  for (const auto [name, value] : list) {
    if (services.size() == kDeclaredServicesMax) return too_many();
    model::DeclaredService& service = services.emplace_back();
    service.service = name;
    std::string_view text;
    if (value["app"].get(text) == simdjson::SUCCESS) service.app = text;
    if (value["app_type"].get(text) == simdjson::SUCCESS) service.type = text;
  }
  return services;
}

}  // namespace vizsla::codec
