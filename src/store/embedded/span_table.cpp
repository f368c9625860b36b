#include "store/embedded/span_table.h"

#include <algorithm>
#include <compare>

#include "store/embedded/table_batch.h"

namespace vizsla::store {
namespace {

// A tag in a span's vector, which has room to spare.
constexpr std::uint64_t kTagBytes = 48;

constexpr std::uint32_t index_of(SpanColumn column) {
  return static_cast<std::uint32_t>(column);
}

template <class T>
std::span<const T> column_of(const std::vector<T>& values) {
  return values;
}

// The service of each chunk's first entry span, on all of its spans: rows lie by it, so that a chunk stays together and
// a service's traces are neighbours.
std::vector<model::StringCode> entry_services(const model::SpanBatch& batch) {
  std::vector<model::StringCode> services;
  services.reserve(batch.size());
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    const std::size_t begin = batch.chunk_begin(chunk);
    const std::size_t end = batch.chunk_end[chunk];
    std::size_t entry = begin;
    while (entry + 1 < end && (batch.flags[entry] & model::kIsEntry) == 0) ++entry;
    services.insert(services.end(), end - begin, batch.service[entry]);
  }
  return services;
}

template <class T>
std::span<const std::uint8_t> bytes_of(const std::vector<T>& values) {
  static_assert(sizeof(T) == 1);
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size()};
}

}  // namespace

const TableSchema& span_schema() {
  static const TableSchema schema{
      .name = "spans",
      .id = 1,
      .version = 1,
      .columns = {{"trace_id_high", ColumnType::U64},
                  {"trace_id", ColumnType::U64},
                  {"span_id", ColumnType::U64},
                  {"parent_id", ColumnType::U64},
                  {"start_ns", ColumnType::I64},
                  {"duration_ns", ColumnType::I64},
                  {"entry_service", ColumnType::String},
                  {"service", ColumnType::String},
                  {"operation_name", ColumnType::String},
                  {"resource_name", ColumnType::String},
                  {"type", ColumnType::String},
                  {"kind", ColumnType::U8},
                  {"status", ColumnType::U8},
                  {"env", ColumnType::String},
                  {"version", ColumnType::String},
                  {"host", ColumnType::String},
                  {"container_id", ColumnType::String},
                  {"flags", ColumnType::U8},
                  {"http_status", ColumnType::U16},
                  {"sampling_priority", ColumnType::I8},
                  {"ingestion_reason", ColumnType::U8},
                  {"weight", ColumnType::F64},
                  {"base_service", ColumnType::String},
                  {"peer_service", ColumnType::String},
                  {"language", ColumnType::String},
                  {"tracer_version", ColumnType::String},
                  {"links", ColumnType::String},
                  {"events", ColumnType::String},
                  {"meta_struct", ColumnType::Binary},
                  {"tags", ColumnType::StringMap},
                  {"metrics", ColumnType::NumberMap}},
      .group_column = index_of(SpanColumn::EntryService),
      .key_column = index_of(SpanColumn::TraceId),
      .time_column = index_of(SpanColumn::StartNs),
      .zone_columns = {index_of(SpanColumn::StartNs), index_of(SpanColumn::DurationNs), index_of(SpanColumn::Status)},
      .filtered_columns = {index_of(SpanColumn::Service), index_of(SpanColumn::OperationName),
                           index_of(SpanColumn::ResourceName), index_of(SpanColumn::Type), index_of(SpanColumn::Env),
                           index_of(SpanColumn::Version), index_of(SpanColumn::Host), index_of(SpanColumn::ContainerId),
                           index_of(SpanColumn::BaseService), index_of(SpanColumn::PeerService)},
      .copy_columns = {index_of(SpanColumn::SpanId), index_of(SpanColumn::ParentId), index_of(SpanColumn::Kind),
                       index_of(SpanColumn::Service), index_of(SpanColumn::TraceIdHigh)},
      .snapshot_tag = "_dd.partial_version",
  };
  return schema;
}

const TableSchema& kept_span_schema() {
  static const TableSchema schema = [] {
    TableSchema kept = span_schema();
    kept.name = "kept";
    kept.id = 0;
    return kept;
  }();
  return schema;
}

namespace {

// Null for a column by which spans can't be deleted.
const std::string_view* text_of(const model::Span& span, std::string_view column) {
  if (column == "service") return &span.service;
  if (column == "operation_name") return &span.operation;
  if (column == "resource_name") return &span.resource;
  if (column == "env") return &span.env;
  if (column == "version") return &span.version;
  if (column == "host") return &span.host;
  return nullptr;
}

}  // namespace

bool can_delete_by(std::string_view column) {
  return text_of({}, column) != nullptr;
}

bool is_named_by(const model::Span& span, const Deletion& deletion) {
  if (span.sequence >= deletion.sequence_end || span.start_ns < deletion.time_from || span.start_ns > deletion.time_to)
    return false;
  if (deletion.key && span.trace_id.low != *deletion.key) return false;
  return std::all_of(deletion.texts.begin(), deletion.texts.end(), [&](const auto& text) {
    const std::string_view* value = text_of(span, text.first);
    return value != nullptr && *value == text.second;
  });
}

std::size_t encoded_spans_bytes(const model::SpanBatch& batch) {
  std::size_t row_bytes = 0;
  for (const Column& column : span_schema().columns) row_bytes += width_of(column.type);
  // Each part is padded to eight bytes: at most three parts a column, and those of the strings.
  const std::size_t padding = (span_schema().columns.size() * 3 + 8) * 8;
  return batch.size() * row_bytes + batch.strings.offsets().size_bytes() + batch.strings.bytes().size() +
         batch.meta.key.size() * 8 + batch.metrics.key.size() * 12 + padding;
}

void encode_spans(const model::SpanBatch& batch, Buffer& out) {
  TableBatchWriter writer(span_schema(), static_cast<std::uint32_t>(batch.size()), out);
  writer.strings(batch.strings.offsets(), batch.strings.bytes());
  writer.column(column_of(batch.trace_id_high));
  writer.column(column_of(batch.trace_id));
  writer.column(column_of(batch.span_id));
  writer.column(column_of(batch.parent_id));
  writer.column(column_of(batch.start_ns));
  writer.column(column_of(batch.duration_ns));
  writer.column(column_of(entry_services(batch)));
  writer.column(column_of(batch.service));
  writer.column(column_of(batch.operation));
  writer.column(column_of(batch.resource));
  writer.column(column_of(batch.type));
  writer.column(bytes_of(batch.kind));
  writer.column(column_of(batch.error));
  writer.column(column_of(batch.env));
  writer.column(column_of(batch.version));
  writer.column(column_of(batch.host));
  writer.column(column_of(batch.container_id));
  writer.column(column_of(batch.flags));
  writer.column(column_of(batch.http_status));
  writer.column(bytes_of(batch.sampling_priority));
  writer.column(bytes_of(batch.ingestion_reason));
  writer.column(column_of(batch.weight));
  writer.column(column_of(batch.base_service));
  writer.column(column_of(batch.peer_service));
  writer.column(column_of(batch.language));
  writer.column(column_of(batch.tracer_version));
  writer.column(column_of(batch.links));
  writer.column(column_of(batch.events));
  writer.column(column_of(batch.meta_struct));
  writer.map<std::uint32_t>(batch.meta.end, batch.meta.key, batch.meta.value);
  writer.map<double>(batch.metrics.end, batch.metrics.key, batch.metrics.value);
  writer.finish();
}

void SpanSink::integer(std::size_t row, std::uint32_t column, std::uint64_t value) {
  model::Span& span = at(row);
  switch (static_cast<SpanColumn>(column)) {
    case SpanColumn::TraceIdHigh:
      span.trace_id.high = value;
      break;
    case SpanColumn::TraceId:
      span.trace_id.low = value;
      break;
    case SpanColumn::SpanId:
      span.span_id = model::SpanId{value};
      break;
    case SpanColumn::ParentId:
      span.parent_id = model::SpanId{value};
      break;
    case SpanColumn::StartNs:
      span.start_ns = static_cast<UnixNanos>(value);
      break;
    case SpanColumn::DurationNs:
      span.duration_ns = static_cast<std::int64_t>(value);
      break;
    case SpanColumn::Kind:
      span.kind = static_cast<model::SpanKind>(value);
      break;
    case SpanColumn::Status:
      span.error = value != 0;
      break;
    case SpanColumn::Flags:
      span.is_entry = (value & model::kIsEntry) != 0;
      span.is_root = (value & model::kIsRoot) != 0;
      span.measured = (value & model::kIsMeasured) != 0;
      span.partial = (value & model::kIsPartial) != 0;
      span.left_over = (value & model::kIsLeftOver) != 0;
      break;
    case SpanColumn::HttpStatus:
      span.http_status = static_cast<std::uint16_t>(value);
      break;
    case SpanColumn::SamplingPriority:
      span.sampling_priority = static_cast<std::int8_t>(value);
      break;
    case SpanColumn::IngestionReason:
      span.ingestion_reason = static_cast<model::IngestionReason>(value);
      break;
    default:
      break;
  }
}

void SpanSink::real(std::size_t row, std::uint32_t column, double value) {
  if (static_cast<SpanColumn>(column) == SpanColumn::Weight) at(row).weight = value;
}

void SpanSink::text(std::size_t row, std::uint32_t column, std::string_view given) {
  const std::string_view value = texts_.keep(given);
  model::Span& span = at(row);
  switch (static_cast<SpanColumn>(column)) {
    case SpanColumn::Service:
      span.service = value;
      break;
    case SpanColumn::OperationName:
      span.operation = value;
      break;
    case SpanColumn::ResourceName:
      span.resource = value;
      break;
    case SpanColumn::Type:
      span.type = value;
      break;
    case SpanColumn::Env:
      span.env = value;
      break;
    case SpanColumn::Version:
      span.version = value;
      break;
    case SpanColumn::Host:
      span.host = value;
      break;
    case SpanColumn::ContainerId:
      span.container_id = value;
      break;
    case SpanColumn::BaseService:
      span.base_service = value;
      break;
    case SpanColumn::PeerService:
      span.peer_service = value;
      break;
    case SpanColumn::Language:
      span.language = value;
      break;
    case SpanColumn::TracerVersion:
      span.tracer_version = value;
      break;
    case SpanColumn::Links:
      span.links = value;
      break;
    case SpanColumn::Events:
      span.events = value;
      break;
    case SpanColumn::MetaStruct:
      span.meta_struct = value;
      break;
    default:
      break;
  }
}

void SpanSink::text_tag(std::size_t row, std::uint32_t, std::string_view key, std::string_view value) {
  at(row).meta.emplace_back(texts_.keep(key), texts_.keep(value));
  tag_bytes_ += kTagBytes;
}

void SpanSink::number_tag(std::size_t row, std::uint32_t, std::string_view key, double value) {
  at(row).metrics.emplace_back(texts_.keep(key), value);
  tag_bytes_ += kTagBytes;
}

Result<void> SpanSink::finish() {
  VIZSLA_TRY_VOID(guard_.check(bytes()));
  guard_.settle(bytes());
  // A tag that a span has twice: its values lie in a column of its own and in the map, or both in the map.
  const auto by_key_and_number = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : std::strong_order(a.second, b.second) < 0;
  };
  for (model::Span& span : spans_) {
    std::sort(span.meta.begin(), span.meta.end());
    std::sort(span.metrics.begin(), span.metrics.end(), by_key_and_number);
  }
  return {};
}

}  // namespace vizsla::store
