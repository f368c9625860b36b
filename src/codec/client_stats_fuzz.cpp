#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/client_stats.h"
#include "sketch/duration_sketch.h"

namespace {

using vizsla::model::ClientStats;
using vizsla::model::StringCode;

void check(const ClientStats& stats) {
  for (const auto& group : stats.groups) {
    VIZSLA_CHECK(group.sender < stats.senders.size());
    VIZSLA_CHECK(group.peers_begin <= group.peers_end && group.peers_end <= stats.peer_tags.size());
    for (const double sum : {group.hits, group.top_level_hits, group.errors, group.duration_ns})
      VIZSLA_CHECK(std::isfinite(sum) && sum >= 0);
    for (const StringCode text : {group.service, group.operation, group.resource, group.http_endpoint})
      VIZSLA_CHECK(text < stats.strings.size());
    for (const StringCode bins : {group.ok_bins, group.error_bins}) {
      const bool sound = vizsla::sketch::decode_duration_bins(
          vizsla::as_bytes(stats.strings[bins]), [](auto, double count) { VIZSLA_CHECK(std::isfinite(count)); });
      VIZSLA_CHECK(sound);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto decode : {vizsla::codec::decode_client_stats, vizsla::codec::decode_agent_stats}) {
    ClientStats stats;
    const auto report = decode({data, size}, stats, {});
    if (!report) continue;
    VIZSLA_CHECK(report->groups == stats.groups.size() + report->invalid_counts + report->invalid_sketches);
    check(stats);
  }
  return 0;
}
