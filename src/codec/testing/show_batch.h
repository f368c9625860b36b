// A SpanBatch as text, for comparing what decoders give. Wire columns only.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/span_batch.h"

namespace vizsla::codec::testing {

// Tags in the order of the batch, or sorted: wire versions with fields for some tags give them in another order.
enum class TagOrder { AsIs, Sorted };

inline std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

inline std::string show(const model::SpanBatch& batch, TagOrder order = TagOrder::AsIs) {
  std::string text;
  const auto& strings = batch.strings;
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    text += "chunk\n";
    for (std::size_t row = batch.chunk_begin(chunk); row < batch.chunk_end[chunk]; ++row) {
      text += fmt::format("  trace={} span={} parent={} start={} duration={} error={}\n", batch.trace_id[row],
                          batch.span_id[row], batch.parent_id[row], batch.start_ns[row], batch.duration_ns[row],
                          batch.error[row]);
      text += fmt::format("  service={} operation={} resource={} type={}\n", strings[batch.service[row]],
                          strings[batch.operation[row]], strings[batch.resource[row]], strings[batch.type[row]]);
      std::vector<std::string> tags;
      for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
        tags.push_back(fmt::format("  meta {}={}\n", strings[batch.meta.key[i]], strings[batch.meta.value[i]]));
      for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
        tags.push_back(fmt::format("  metric {}={}\n", strings[batch.metrics.key[i]], batch.metrics.value[i]));
      if (order == TagOrder::Sorted) std::sort(tags.begin(), tags.end());
      for (const std::string& tag : tags) text += tag;
      if (batch.links[row] != 0) text += fmt::format("  links {}\n", strings[batch.links[row]]);
      if (batch.events[row] != 0) text += fmt::format("  events {}\n", strings[batch.events[row]]);
      if (batch.meta_struct[row] != 0) text += fmt::format("  meta_struct {}\n", hex(strings[batch.meta_struct[row]]));
    }
  }
  return text;
}

// What the payloads say beside their spans, and which chunks came in which.
inline std::string show_payloads(const model::SpanBatch& batch) {
  const auto& strings = batch.strings;
  std::string text;
  const auto add = [&](std::string_view name, model::StringCode code) {
    if (code != 0) text += fmt::format("  {}={}\n", name, strings[code]);
  };
  const auto add_tags = [&](const std::vector<model::PayloadTag>& tags) {
    for (const auto& [key, value] : tags) text += fmt::format("  tag {}={}\n", strings[key], strings[value]);
  };
  for (std::size_t i = 0; i < batch.payloads.size(); ++i) {
    const model::PayloadAttributes& payload = batch.payloads[i];
    text += "payload\n";
    add("container_id", payload.container_id);
    add("language_name", payload.language_name);
    add("language_version", payload.language_version);
    add("tracer_version", payload.tracer_version);
    add("runtime_id", payload.runtime_id);
    add("env", payload.env);
    add("hostname", payload.hostname);
    add("app_version", payload.app_version);
    add_tags(payload.tags);
    for (std::size_t chunk = 0; chunk < batch.chunk_payload.size(); ++chunk) {
      if (batch.chunk_payload[chunk] == i)
        text += fmt::format("  chunk {}{}\n", chunk, batch.is_dropped(chunk) ? " dropped" : "");
    }
  }
  const model::AgentAttributes& agent = batch.agent;
  if ((agent.hostname | agent.env | agent.version) != 0 || !agent.tags.empty()) {
    text += "agent\n";
    add("hostname", agent.hostname);
    add("env", agent.env);
    add("version", agent.version);
    add_tags(agent.tags);
  }
  return text;
}

}  // namespace vizsla::codec::testing
