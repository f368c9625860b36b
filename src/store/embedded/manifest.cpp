#include "store/embedded/manifest.h"

#include <fmt/format.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <simdjson.h>

#include "base/hash.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kManifestVersion = 1;
constexpr std::string_view kName = "manifest.json";

using Json = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void write_text(Json& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_strings(Json& json, const char* key, const std::vector<std::string>& strings) {
  json.Key(key);
  json.StartArray();
  for (const std::string& text : strings) write_text(json, text);
  json.EndArray();
}

void write_block(Json& json, const BlockInfo& block) {
  const auto number = [&](const char* key, std::uint64_t value) {
    json.Key(key);
    json.Uint64(value);
  };
  const auto time = [&](const char* key, UnixNanos value) {
    json.Key(key);
    json.Int64(value);
  };
  json.StartObject();
  number("id", block.id);
  number("rows", block.rows);
  number("data_bytes", block.data_bytes);
  number("index_bytes", block.index_bytes);
  number("data_checksum", block.data_checksum);
  number("index_checksum", block.index_checksum);
  time("time_min", block.time_min);
  time("time_max", block.time_max);
  time("received_min", block.received_min);
  time("received_max", block.received_max);
  number("sequence_min", block.sequence_min);
  number("sequence_max", block.sequence_max);
  json.Key("odd_times");
  json.Bool(block.odd_times);
  write_strings(json, "string_tags", block.string_tags);
  write_strings(json, "number_tags", block.number_tags);
  json.EndObject();
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
std::string checksum_line(std::string_view content) { return fmt::format("{:016x}\n", hash64(as_bytes(content))); }

}  // namespace

Result<Manifest> read_manifest(Files& files, const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kName);
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

Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.SetIndent(' ', 1);
  json.StartObject();
  json.Key("version");
  json.Uint64(kManifestVersion);
  json.Key("table");
  write_text(json, manifest.table);
  json.Key("schema_version");
  json.Uint64(manifest.schema_version);
  json.Key("applied_sequence");
  json.Uint64(manifest.applied_sequence);
  json.Key("received_max");
  json.Int64(manifest.received_max);
  json.Key("next_block_id");
  json.Uint64(manifest.next_block_id);
  json.Key("blocks");
  json.StartArray();
  for (const BlockInfo& block : manifest.blocks) write_block(json, block);
  json.EndArray();
  json.EndObject();
  const std::string_view text(buffer.GetString(), buffer.GetSize());
  return replace_file(files, folder, std::string(kName), as_bytes(checksum_line(text) + std::string(text)));
}

}  // namespace vizsla::store
