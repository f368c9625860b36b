#include "store/embedded/manifest.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kManifestVersion = 1;

void write_block(JsonWriter& json, const BlockInfo& block) {
  json.object([&] {
    json.field("id", block.id);
    json.field("rows", block.rows);
    json.field("data_bytes", block.data_bytes);
    json.field("index_bytes", block.index_bytes);
    json.field("data_checksum", block.data_checksum);
    json.field("index_checksum", block.index_checksum);
    json.field("time_min", block.time_min);
    json.field("time_max", block.time_max);
    json.field("received_min", block.received_min);
    json.field("received_max", block.received_max);
    json.field("sequence_min", block.sequence_min);
    json.field("sequence_max", block.sequence_max);
    json.field("odd_times", block.odd_times);
    json.list("string_tags", block.string_tags);
    json.list("number_tags", block.number_tags);
  });
}

std::vector<std::string> read_strings(simdjson::dom::element list) {
  std::vector<std::string> strings;
  for (const auto text : list.get_array()) strings.emplace_back(std::string_view(text));
  return strings;
}

BlockInfo read_block(simdjson::dom::element block) {
  BlockInfo info;
  info.id = block["id"];
  info.rows = block["rows"];
  info.data_bytes = block["data_bytes"];
  info.index_bytes = block["index_bytes"];
  info.data_checksum = block["data_checksum"];
  info.index_checksum = block["index_checksum"];
  info.time_min = block["time_min"];
  info.time_max = block["time_max"];
  info.received_min = block["received_min"];
  info.received_max = block["received_max"];
  info.sequence_min = block["sequence_min"];
  info.sequence_max = block["sequence_max"];
  info.odd_times = block["odd_times"];
  info.string_tags = read_strings(block["string_tags"]);
  info.number_tags = read_strings(block["number_tags"]);
  return info;
}

// The first line is the checksum of all that follows it.
std::string checksum_line(std::string_view content) {
  return fmt::format("{:016x}\n", hash64(as_bytes(content)));
}

Result<Manifest> read_copy(Files& files, const std::string& path) {
  VIZSLA_TRY(const auto content, read_file(files, path));
  const std::string_view text = as_text(content);
  const std::string_view json = text.substr(std::min(text.size(), text.find('\n') + 1));
  if (text.size() <= json.size() || checksum_line(json) != text.substr(0, text.size() - json.size()))
    return fail(ErrorCode::Corrupt, fmt::format("{}: its checksum differs", path));
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::element root = parser.parse(simdjson::padded_string(json));
    const std::uint64_t version = root["version"];
    if (version != kManifestVersion) {
      return fail(ErrorCode::Unsupported,
                  fmt::format("{} is of version {}, this program reads {}", path, version, kManifestVersion));
    }
    Manifest manifest;
    manifest.table = std::string_view(root["table"]);
    manifest.schema_version = static_cast<std::uint32_t>(std::uint64_t(root["schema_version"]));
    manifest.applied_sequence = root["applied_sequence"];
    manifest.received_max = root["received_max"];
    manifest.next_block_id = root["next_block_id"];
    for (const auto block : root["blocks"].get_array()) manifest.blocks.push_back(read_block(block));
    return manifest;
  } catch (const simdjson::simdjson_error& error) {
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace

Result<FoundManifest> read_manifest(Files& files, const std::string& folder) {
  auto first = read_copy(files, fmt::format("{}/{}", folder, kManifestName));
  if (!first && first.error().code != ErrorCode::Corrupt && first.error().code != ErrorCode::NotFound)
    return fail(first.error());
  auto second = read_copy(files, fmt::format("{}/{}", folder, kManifestCopyName));
  const bool twice = first && second && *first == *second;
  if (first) return FoundManifest{std::move(*first), twice};
  // Not there and not readable is not the same as never written.
  if (!second) return fail(first.error().code == ErrorCode::NotFound ? second.error() : first.error());
  log::error(log::Fault::Environment, "", "{}; going on with its copy", first.error().message);
  return FoundManifest{std::move(*second), false};
}

Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest) {
  JsonWriter json;
  json.object([&] {
    json.field("version", kManifestVersion);
    json.field("table", manifest.table);
    json.field("schema_version", manifest.schema_version);
    json.field("applied_sequence", manifest.applied_sequence);
    json.field("received_max", manifest.received_max);
    json.field("next_block_id", manifest.next_block_id);
    json.key("blocks").array([&] {
      for (const BlockInfo& block : manifest.blocks) write_block(json, block);
    });
  });
  const std::string content = checksum_line(json.view()) + json.text();
  VIZSLA_TRY_VOID(replace_file(files, folder, std::string(kManifestName), as_bytes(content)));
  return replace_file(files, folder, std::string(kManifestCopyName), as_bytes(content));
}

}  // namespace vizsla::store
