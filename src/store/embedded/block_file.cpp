#include "store/embedded/block_file.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"

namespace vizsla::store {
namespace {

// For whoever opens the file with another tool.
std::string describe_tags(const TableSchema& schema, const BlockInfo& info) {
  JsonWriter json;
  json.object([&] {
    json.field("table", schema.name);
    json.field("schema_version", schema.version);
    json.list("string_tags", info.string_tags);
    json.list("number_tags", info.number_tags);
  });
  return json.text();
}

}  // namespace

BlockFile::BlockFile(Files& files, const std::string& folder, const TableSchema& schema, const BlockInfo& info,
                     std::unique_ptr<WritableFile> data)
    : files_(files),
      folder_(folder),
      schema_(schema),
      layout_(schema, info.string_tags.size(), info.number_tags.size()),
      data_(std::move(data)),
      parquet_(*data_, layout_.columns()) {}

Result<std::unique_ptr<BlockFile>> BlockFile::create(Files& files, const std::string& folder, const TableSchema& schema,
                                                     const BlockInfo& info) {
  VIZSLA_TRY(auto data, files.create(folder + "/" + block_data_name(info.id)));
  return std::unique_ptr<BlockFile>(new BlockFile(files, folder, schema, info, std::move(data)));
}

std::uint32_t BlockFile::begin_row_group(std::uint32_t rows) {
  first_zone_.push_back(zones_.size());
  zones_.resize(zones_.size() + (rows + kPageRows - 1) / kPageRows * schema_.zone_columns.size());
  return parquet_.begin_row_group(rows);
}

void BlockFile::note_texts(std::uint32_t row_group, std::string_view name, std::span<const std::uint32_t> codes,
                           const StringPool& strings) {
  if (!is_filtered(name)) return;
  const std::uint64_t seed = seed_of_name(name);
  if (noted_.size() < strings.size()) noted_.resize(strings.size());
  ++note_;
  for (const std::uint32_t code : codes) {
    if (std::exchange(noted_[code], note_) != note_) filter_.add(row_group, hash_of_text(seed, strings[code]));
  }
}

void BlockFile::note_tags(std::uint32_t row_group, std::span<const std::uint32_t> keys,
                          std::span<const std::uint32_t> values, const StringPool& strings) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string name = fmt::format("@{}", strings[keys[i]]);
    if (is_filtered(name)) filter_.add(row_group, hash_of_text(name, strings[values[i]]));
  }
}

namespace {

Result<void> write_whole(Files& files, const std::string& path, Bytes content) {
  VIZSLA_TRY(const auto file, files.create(path));
  VIZSLA_TRY_VOID(file->append({&content, 1}));
  return file->sync();
}

}  // namespace

Result<void> BlockFile::finish(const std::vector<KeyRun>& runs, BlockInfo& info) {
  VIZSLA_TRY(const ParquetFile file, parquet_.finish({{"vizsla.block", describe_tags(schema_, info)}}));
  VIZSLA_TRY_VOID(data_->sync());
  info.data_bytes = file.bytes;
  info.data_checksum = file.checksum;

  const Buffer index_bytes =
      encode_block_index(file, runs, zones_, static_cast<std::uint32_t>(schema_.zone_columns.size()));
  VIZSLA_TRY_VOID(write_whole(files_, folder_ + "/" + block_index_name(info.id), index_bytes));
  info.index_bytes = index_bytes.size();
  info.index_checksum = hash64(index_bytes);

  const Buffer filter_bytes = filter_.finish(static_cast<std::uint32_t>(file.row_groups.size()));
  VIZSLA_TRY_VOID(write_whole(files_, folder_ + "/" + block_filter_name(info.id), filter_bytes));
  info.filter_bytes = filter_bytes.size();
  info.filter_checksum = hash64(filter_bytes);
  return {};
}

}  // namespace vizsla::store
