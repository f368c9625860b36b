#include "store/embedded/manifest.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "store/embedded/checked_json.h"

namespace vizsla::store {
namespace {

// Version 1 named the tags with each block, and knew no levels.
constexpr std::uint64_t kManifestVersion = 2;

// The tags that a block has columns for. Most blocks have those of their neighbour, so a manifest lists each set once.
struct TagSet {
  std::vector<std::string> strings;
  std::vector<std::string> numbers;

  auto operator<=>(const TagSet&) const = default;
};

class TagSets {
 public:
  std::uint64_t number(const BlockInfo& block) {
    const auto [at, fresh] = numbers_.try_emplace({block.string_tags, block.number_tags}, numbers_.size());
    if (fresh) sets_.push_back(&at->first);
    return at->second;
  }

  [[nodiscard]] const std::vector<const TagSet*>& sets() const { return sets_; }

 private:
  std::map<TagSet, std::uint64_t> numbers_;
  std::vector<const TagSet*> sets_;  // by number
};

void write_block(JsonWriter& json, const BlockInfo& block, std::uint64_t tag_set) {
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
    json.field("filter_bytes", block.filter_bytes);
    json.field("filter_checksum", block.filter_checksum);
    json.field("level", block.level);
    json.field("deletions_done", block.deletions_done);
    json.field("tag_set", tag_set);
    if (block.resolution_ns != 0) {
      json.field("resolution_ns", block.resolution_ns);
      json.field("small", block.small);
    }
  });
}

std::vector<std::string> read_strings(simdjson::dom::element list) {
  std::vector<std::string> strings;
  for (const auto text : list.get_array()) strings.emplace_back(std::string_view(text));
  return strings;
}

TagSet read_tag_set(simdjson::dom::element element) {
  return {read_strings(element["string_tags"]), read_strings(element["number_tags"])};
}

BlockInfo read_block(simdjson::dom::element block, std::uint64_t version, const std::vector<TagSet>& tag_sets) {
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
  TagSet tags;
  if (version == 1) {
    tags = read_tag_set(block);
  } else {
    info.level = static_cast<std::uint32_t>(std::uint64_t(block["level"]));
    info.filter_bytes = block["filter_bytes"];
    info.filter_checksum = block["filter_checksum"];
    info.deletions_done = block["deletions_done"];
    const std::uint64_t number = block["tag_set"];
    if (number >= tag_sets.size()) throw simdjson::simdjson_error(simdjson::INDEX_OUT_OF_BOUNDS);
    tags = tag_sets[number];
  }
  if (block["resolution_ns"].get(info.resolution_ns) == simdjson::SUCCESS) info.small = block["small"];
  info.string_tags = std::move(tags.strings);
  info.number_tags = std::move(tags.numbers);
  return info;
}

void write_deletion(JsonWriter& json, const Deletion& deletion) {
  json.object([&] {
    json.field("id", deletion.id);
    json.field("sequence_end", deletion.sequence_end);
    json.field("asked_ns", deletion.asked_ns);
    json.field("time_from", deletion.time_from);
    json.field("time_to", deletion.time_to);
    if (deletion.key) json.field("key", *deletion.key);
    json.key("texts").array([&] {
      for (const auto& [column, value] : deletion.texts) {
        json.object([&] {
          json.field("column", column);
          json.field("value", value);
        });
      }
    });
  });
}

Deletion read_deletion(simdjson::dom::element element) {
  Deletion deletion;
  deletion.id = element["id"];
  deletion.sequence_end = element["sequence_end"];
  deletion.asked_ns = element["asked_ns"];
  deletion.time_from = element["time_from"];
  deletion.time_to = element["time_to"];
  if (std::uint64_t key = 0; element["key"].get(key) == simdjson::SUCCESS) deletion.key = key;
  for (const auto text : element["texts"].get_array())
    deletion.texts.emplace_back(std::string_view(text["column"]), std::string_view(text["value"]));
  return deletion;
}

}  // namespace

Result<Manifest> read_manifest_copy(Files& files, const std::string& path) {
  VIZSLA_TRY(const std::string json, read_checked_json(files, path));
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::element root = parser.parse(simdjson::padded_string(json));
    const std::uint64_t version = root["version"];
    if (version < 1 || version > kManifestVersion) {
      return fail(ErrorCode::Unsupported,
                  fmt::format("{} is of version {}, this program reads 1 to {}", path, version, kManifestVersion));
    }
    Manifest manifest;
    manifest.table = std::string_view(root["table"]);
    manifest.schema_version = static_cast<std::uint32_t>(std::uint64_t(root["schema_version"]));
    manifest.applied_sequence = root["applied_sequence"];
    manifest.received_max = root["received_max"];
    manifest.next_block_id = root["next_block_id"];
    std::vector<TagSet> tag_sets;
    if (version >= 2) {
      for (const auto set : root["tag_sets"].get_array()) tag_sets.push_back(read_tag_set(set));
    }
    for (const auto block : root["blocks"].get_array()) manifest.blocks.push_back(read_block(block, version, tag_sets));
    if (version >= 2) {
      manifest.next_deletion_id = root["next_deletion_id"];
      for (const auto deletion : root["deletions"].get_array()) manifest.deletions.push_back(read_deletion(deletion));
    }
    if (simdjson::dom::array gaps; root["tier_gaps"].get(gaps) == simdjson::SUCCESS) {
      for (const auto gap : gaps)
        manifest.tier_gaps.push_back({gap["resolution_ns"], gap["small"], gap["from"], gap["to"]});
    }
    return manifest;
  } catch (const simdjson::simdjson_error& error) {
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, error.what()));
  }
}

bool may_touch(const Deletion& deletion, const BlockInfo& block) {
  return block.deletions_done < deletion.id && block.sequence_min < deletion.sequence_end &&
         block.time_min <= deletion.time_to && block.time_max >= deletion.time_from;
}

void note_gap(Manifest& manifest, const BlockInfo& gone, bool let_go) {
  TierGap gap{gone.resolution_ns, gone.small, let_go ? 0 : gone.time_min, gone.time_max + 1};
  // One for all that they cover together.
  std::erase_if(manifest.tier_gaps, [&](const TierGap& other) {
    if (other.resolution_ns != gap.resolution_ns || other.small != gap.small || other.from > gap.to ||
        gap.from > other.to)
      return false;
    gap.from = std::min(gap.from, other.from);
    gap.to = std::max(gap.to, other.to);
    return true;
  });
  manifest.tier_gaps.push_back(gap);
}

Result<FoundManifest> read_manifest(Files& files, const std::string& folder) {
  auto first = read_manifest_copy(files, fmt::format("{}/{}", folder, kManifestName));
  if (!first && first.error().code != ErrorCode::Corrupt && first.error().code != ErrorCode::NotFound)
    return fail(first.error());
  auto second = read_manifest_copy(files, fmt::format("{}/{}", folder, kManifestCopyName));
  const bool twice = first && second && *first == *second;
  if (first) return FoundManifest{std::move(*first), twice};
  // Not there and not readable is not the same as never written.
  if (!second) return fail(first.error().code == ErrorCode::NotFound ? second.error() : first.error());
  log::error(log::Fault::Environment, "", "{}; going on with its copy", first.error().message);
  return FoundManifest{std::move(*second), false};
}

Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest) {
  TagSets tag_sets;
  std::vector<std::uint64_t> tag_set_of;
  tag_set_of.reserve(manifest.blocks.size());
  for (const BlockInfo& block : manifest.blocks) tag_set_of.push_back(tag_sets.number(block));
  JsonWriter json;
  json.object([&] {
    json.field("version", kManifestVersion);
    json.field("table", manifest.table);
    json.field("schema_version", manifest.schema_version);
    json.field("applied_sequence", manifest.applied_sequence);
    json.field("received_max", manifest.received_max);
    json.field("next_block_id", manifest.next_block_id);
    json.key("tag_sets").array([&] {
      for (const TagSet* set : tag_sets.sets()) {
        json.object([&] {
          json.list("string_tags", set->strings);
          json.list("number_tags", set->numbers);
        });
      }
    });
    json.key("blocks").array([&] {
      for (std::size_t i = 0; i < manifest.blocks.size(); ++i) write_block(json, manifest.blocks[i], tag_set_of[i]);
    });
    json.field("next_deletion_id", manifest.next_deletion_id);
    json.key("deletions").array([&] {
      for (const Deletion& deletion : manifest.deletions) write_deletion(json, deletion);
    });
    if (!manifest.tier_gaps.empty()) {
      json.key("tier_gaps").array([&] {
        for (const TierGap& gap : manifest.tier_gaps) {
          json.object([&] {
            json.field("resolution_ns", gap.resolution_ns);
            json.field("small", gap.small);
            json.field("from", gap.from);
            json.field("to", gap.to);
          });
        }
      });
    }
  });
  const std::string content = with_checksum_line(json.view());
  VIZSLA_TRY_VOID(replace_file(files, folder, std::string(kManifestName), as_bytes(content)));
  return replace_file(files, folder, std::string(kManifestCopyName), as_bytes(content));
}

}  // namespace vizsla::store
