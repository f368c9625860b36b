#include "store/embedded/live_reader.h"

namespace vizsla::store {
namespace {

template <class T>
std::uint64_t widened(T value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

template <class Visit>
void for_each_row(std::span<const RowRange> ranges, std::size_t first_row, Visit visit) {
  for (const RowRange range : ranges) {
    for (std::uint32_t row = range.first; row < range.first + range.count; ++row) visit(row, first_row++);
  }
}

}  // namespace

void read_batch(const TableBatch& batch, std::span<const RowRange> ranges, const Projection& projection,
                std::size_t first_row, RowSink& sink) {
  for_each_row(ranges, first_row, [&](std::uint32_t row, std::size_t out) {
    sink.sequence(out, batch.sequence() + row);
    sink.received(out, batch.received_ns());
  });
  const auto integers = [&]<class T>(std::uint32_t column, std::span<const T> values) {
    for_each_row(ranges, first_row,
                 [&](std::uint32_t row, std::size_t out) { sink.integer(out, column, widened(values[row])); });
  };
  for (std::uint32_t c = 0; c < batch.schema().columns.size(); ++c) {
    if (!projection.columns[c]) continue;
    switch (batch.schema().columns[c].type) {
      case ColumnType::U8:
        integers(c, batch.column<std::uint8_t>(c));
        break;
      case ColumnType::I8:
        integers(c, batch.column<std::int8_t>(c));
        break;
      case ColumnType::U16:
        integers(c, batch.column<std::uint16_t>(c));
        break;
      case ColumnType::U64:
      case ColumnType::I64:
        integers(c, batch.column<std::int64_t>(c));
        break;
      case ColumnType::F64:
        for_each_row(ranges, first_row,
                     [&](std::uint32_t row, std::size_t out) { sink.real(out, c, batch.column<double>(c)[row]); });
        break;
      case ColumnType::String:
      case ColumnType::Binary:
        for_each_row(ranges, first_row,
                     [&](std::uint32_t row, std::size_t out) { sink.text(out, c, batch.text(c, row)); });
        break;
      case ColumnType::StringMap: {
        const StringMapView map = batch.string_map(c);
        for_each_row(ranges, first_row, [&](std::uint32_t row, std::size_t out) {
          for (std::uint32_t i = row == 0 ? 0 : map.end[row - 1]; i < map.end[row]; ++i) {
            const std::string_view key = batch.string(map.key[i]);
            if (projection.wants_tag(key)) sink.text_tag(out, c, key, batch.string(map.value[i]));
          }
        });
        break;
      }
      case ColumnType::NumberMap: {
        const NumberMapView map = batch.number_map(c);
        for_each_row(ranges, first_row, [&](std::uint32_t row, std::size_t out) {
          for (std::uint32_t i = row == 0 ? 0 : map.end[row - 1]; i < map.end[row]; ++i) {
            const std::string_view key = batch.string(map.key[i]);
            if (projection.wants_tag(key)) sink.number_tag(out, c, key, map.value[i]);
          }
        });
        break;
      }
    }
  }
}

std::vector<RowRange> find_in_batch(const TableBatch& batch, std::span<const std::uint64_t> keys) {
  std::vector<RowRange> ranges;
  const auto column = batch.column<std::uint64_t>(batch.schema().key_column);
  // Neighbours mostly have the same key.
  std::uint64_t last = 0;
  bool last_wanted = false;
  for (std::uint32_t row = 0; row < column.size(); ++row) {
    if (row == 0 || column[row] != last) {
      last = column[row];
      last_wanted = std::binary_search(keys.begin(), keys.end(), last);
    }
    if (!last_wanted) continue;
    if (!ranges.empty() && ranges.back().first + ranges.back().count == row) {
      ++ranges.back().count;
    } else {
      ranges.push_back({row, 1});
    }
  }
  return ranges;
}

}  // namespace vizsla::store
