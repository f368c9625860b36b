#include "query/stats_query.h"

#include <fmt/format.h>

namespace vizsla::query {

static_assert(static_cast<std::size_t>(StatsField::HttpStatus) == model::kStatsTexts);

std::string_view name_of(StatsField field) {
  switch (field) {
    case StatsField::HttpStatus:
      return "http_status";
    case StatsField::Kind:
      return "kind";
    case StatsField::Entry:
      return "entry";
    case StatsField::TraceRoot:
      return "trace_root";
    case StatsField::Synthetics:
      return "synthetics";
    case StatsField::FromClient:
      return "from_client";
    default:
      return model::name_of(static_cast<model::StatsText>(field));
  }
}

std::string number_value(StatsField field, const model::StatsKey& key) {
  const auto flag = [&](std::uint8_t bit) { return std::string((key.flags & bit) != 0 ? "1" : "0"); };
  switch (field) {
    case StatsField::HttpStatus:
      return key.http_status == 0 ? std::string() : fmt::format("{}", key.http_status);
    case StatsField::Kind:
      return std::string(to_string(key.kind));
    case StatsField::Entry:
      return flag(model::kStatsEntry);
    case StatsField::TraceRoot:
      return (key.flags & model::kStatsRootKnown) == 0 ? std::string() : flag(model::kStatsTraceRoot);
    case StatsField::Synthetics:
      return flag(model::kStatsSynthetics);
    case StatsField::FromClient:
      return flag(model::kStatsFromClient);
    default:
      return {};
  }
}

bool is_small_field(StatsField field) {
  switch (field) {
    case StatsField::Env:
    case StatsField::Service:
    case StatsField::Operation:
    case StatsField::Type:
    case StatsField::Version:
    case StatsField::Language:
    case StatsField::BaseService:
    case StatsField::Kind:
    case StatsField::Entry:
    case StatsField::FromClient:
      return true;
    default:
      return false;
  }
}

}  // namespace vizsla::query
