#include "store/embedded/engine.h"

#include <algorithm>
#include <charconv>

#include <duckdb.h>
#include <fmt/format.h>

#include "base/check.h"

namespace vizsla::store {
namespace {

// Of the header. Later libraries of the same major version keep its functions.
constexpr unsigned kMajor = 1;
constexpr unsigned kMinorMin = 4;

// What vizsla_live() reads: fixed when it is registered, shared by the calls of one query.
struct RegisteredScan {
  const TableSchema* schema;
  std::vector<LiveView> views;
};

using ScanRegistry = Guarded<std::map<std::uint64_t, std::shared_ptr<const RegisteredScan>>>;

template <class T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

struct LogicalType {
  explicit LogicalType(duckdb_type id) : type(duckdb_create_logical_type(id)) {}
  // A map of texts to values of this type.
  static LogicalType map_to(duckdb_type id) {
    const LogicalType key(DUCKDB_TYPE_VARCHAR);
    const LogicalType value(id);
    return LogicalType(duckdb_create_map_type(key.type, value.type));
  }
  ~LogicalType() { duckdb_destroy_logical_type(&type); }
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;

  duckdb_logical_type type;

 private:
  explicit LogicalType(duckdb_logical_type made) : type(made) {}
};

duckdb_type duckdb_type_of(ColumnType type) {
  switch (type) {
    case ColumnType::U8:
      return DUCKDB_TYPE_UTINYINT;
    case ColumnType::I8:
      return DUCKDB_TYPE_TINYINT;
    case ColumnType::U16:
      return DUCKDB_TYPE_USMALLINT;
    case ColumnType::U64:
      return DUCKDB_TYPE_UBIGINT;
    case ColumnType::I64:
      return DUCKDB_TYPE_BIGINT;
    case ColumnType::F64:
      return DUCKDB_TYPE_DOUBLE;
    case ColumnType::Binary:
      return DUCKDB_TYPE_BLOB;
    default:
      return DUCKDB_TYPE_VARCHAR;
  }
}

LogicalType logical_type_of(ColumnType type) {
  if (type == ColumnType::StringMap) return LogicalType::map_to(DUCKDB_TYPE_VARCHAR);
  if (type == ColumnType::NumberMap) return LogicalType::map_to(DUCKDB_TYPE_DOUBLE);
  return LogicalType(duckdb_type_of(type));
}

// The columns that vizsla_live() offers: those of the schema, then two of the engine's own.
struct LiveColumn {
  static constexpr std::uint32_t kSequence = 0xfffffffe;
  static constexpr std::uint32_t kReceived = 0xffffffff;
  std::uint32_t schema_column;
};

struct LiveBind {
  std::shared_ptr<const RegisteredScan> scan;
  std::vector<LiveColumn> columns;
};

struct LiveInit {
  std::shared_ptr<const RegisteredScan> scan;
  std::vector<LiveColumn> columns;  // those that the query wants, in its order
  std::size_t view = 0;
  std::size_t batch = 0;
  std::uint32_t row = 0;
};

void live_bind(duckdb_bind_info info) {
  auto* registry = static_cast<ScanRegistry*>(duckdb_bind_get_extra_info(info));
  duckdb_value parameter = duckdb_bind_get_parameter(info, 0);
  const std::uint64_t number = duckdb_get_uint64(parameter);
  duckdb_destroy_value(&parameter);
  auto bind = std::make_unique<LiveBind>();
  bind->scan = registry->with([&](const auto& scans) {
    const auto it = scans.find(number);
    return it == scans.end() ? nullptr : it->second;
  });
  if (bind->scan == nullptr) {
    duckdb_bind_set_error(info, "no such scan is registered");
    return;
  }
  const auto add = [&](std::string_view name, const LogicalType& type, std::uint32_t column) {
    duckdb_bind_add_result_column(info, std::string(name).c_str(), type.type);
    bind->columns.push_back({column});
  };
  const TableSchema& schema = *bind->scan->schema;
  for (std::uint32_t c = 0; c < schema.columns.size(); ++c)
    add(schema.columns[c].name, logical_type_of(schema.columns[c].type), c);
  add("sequence", LogicalType(DUCKDB_TYPE_UBIGINT), LiveColumn::kSequence);
  add("received_ns", LogicalType(DUCKDB_TYPE_BIGINT), LiveColumn::kReceived);
  duckdb_bind_set_bind_data(info, bind.release(), destroy<LiveBind>);
}

void live_init(duckdb_init_info info) {
  const auto* bind = static_cast<const LiveBind*>(duckdb_init_get_bind_data(info));
  auto init = std::make_unique<LiveInit>();
  init->scan = bind->scan;
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    const idx_t column = duckdb_init_get_column_index(info, i);
    // A query that counts rows asks for a column beyond the last one; any will do.
    init->columns.push_back(column < bind->columns.size() ? bind->columns[column] : LiveColumn{LiveColumn::kSequence});
  }
  duckdb_init_set_max_threads(info, 1);
  duckdb_init_set_init_data(info, init.release(), destroy<LiveInit>);
}

duckdb_string_t string_of(std::string_view text) {
  duckdb_string_t value;
  value.value.inlined.length = static_cast<std::uint32_t>(text.size());
  if (text.size() <= sizeof(value.value.inlined.inlined)) {
    std::memset(value.value.inlined.inlined, 0, sizeof(value.value.inlined.inlined));
    if (!text.empty()) std::memcpy(value.value.inlined.inlined, text.data(), text.size());
  } else {
    // Not copied: the batch stays pinned for as long as the query runs.
    std::memcpy(value.value.pointer.prefix, text.data(), sizeof(value.value.pointer.prefix));
    value.value.pointer.ptr = const_cast<char*>(text.data());
  }
  return value;
}

// The same as fill() below of a map, which to DuckDB is a list of pairs for each row. put(vector, i, entry) sets pair i
// of the values to that of the batch's entry.
template <class View, class Put>
void fill_map(duckdb_vector vector, std::size_t at, const TableBatch& batch, const View& map, std::uint32_t begin,
              std::uint32_t count, Put put) {
  if (count == 0) return;
  const std::uint32_t first = begin == 0 ? 0 : map.end[begin - 1];
  const std::uint32_t entries = map.end[begin + count - 1] - first;
  const idx_t before = at == 0 ? 0 : duckdb_list_vector_get_size(vector);
  VIZSLA_CHECK(duckdb_list_vector_reserve(vector, before + entries) == DuckDBSuccess);
  VIZSLA_CHECK(duckdb_list_vector_set_size(vector, before + entries) == DuckDBSuccess);
  auto* rows = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
  std::uint32_t from = first;
  for (std::uint32_t i = 0; i < count; ++i) {
    rows[at + i] = {before + from - first, map.end[begin + i] - from};
    from = map.end[begin + i];
  }
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  auto* keys = static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_struct_vector_get_child(pairs, 0)));
  void* values = duckdb_vector_get_data(duckdb_struct_vector_get_child(pairs, 1));
  for (std::uint32_t i = 0; i < entries; ++i) {
    keys[before + i] = string_of(batch.string(map.key[first + i]));
    put(values, before + i, first + i);
  }
}

// Copies rows [begin, begin + count) of one column to row `at` of a vector.
void fill(duckdb_vector vector, std::size_t at, const TableBatch& batch, LiveColumn column, std::uint32_t begin,
          std::uint32_t count) {
  void* data = duckdb_vector_get_data(vector);
  if (column.schema_column == LiveColumn::kSequence) {
    for (std::uint32_t i = 0; i < count; ++i) static_cast<std::uint64_t*>(data)[at + i] = batch.sequence() + begin + i;
    return;
  }
  if (column.schema_column == LiveColumn::kReceived) {
    for (std::uint32_t i = 0; i < count; ++i) static_cast<std::int64_t*>(data)[at + i] = batch.received_ns();
    return;
  }
  const ColumnType type = batch.schema().columns[column.schema_column].type;
  if (is_string(type)) {
    const auto codes = batch.column<std::uint32_t>(column.schema_column);
    for (std::uint32_t i = 0; i < count; ++i)
      static_cast<duckdb_string_t*>(data)[at + i] = string_of(batch.string(codes[begin + i]));
    return;
  }
  if (type == ColumnType::StringMap) {
    const StringMapView map = batch.string_map(column.schema_column);
    fill_map(vector, at, batch, map, begin, count, [&](void* values, std::size_t to, std::uint32_t entry) {
      static_cast<duckdb_string_t*>(values)[to] = string_of(batch.string(map.value[entry]));
    });
    return;
  }
  if (type == ColumnType::NumberMap) {
    const NumberMapView map = batch.number_map(column.schema_column);
    fill_map(vector, at, batch, map, begin, count, [&](void* values, std::size_t to, std::uint32_t entry) {
      static_cast<double*>(values)[to] = map.value[entry];
    });
    return;
  }
  const std::size_t width = width_of(type);
  const auto* values = batch.column<std::uint8_t>(column.schema_column).data();
  std::memcpy(static_cast<std::uint8_t*>(data) + at * width, values + std::size_t{begin} * width,
              std::size_t{count} * width);
}

void live_function(duckdb_function_info info, duckdb_data_chunk output) {
  auto* state = static_cast<LiveInit*>(duckdb_function_get_init_data(info));
  const std::size_t room = duckdb_vector_size();
  std::size_t filled = 0;
  while (filled < room && state->view < state->scan->views.size()) {
    const LiveView& view = state->scan->views[state->view];
    if (state->batch >= view.count) {
      ++state->view;
      state->batch = 0;
      continue;
    }
    const TableBatch& batch = (*view.part)[state->batch];
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(room - filled, batch.rows() - state->row));
    for (std::size_t c = 0; c < state->columns.size(); ++c)
      fill(duckdb_data_chunk_get_vector(output, c), filled, batch, state->columns[c], state->row, count);
    filled += count;
    state->row += count;
    if (state->row == batch.rows()) {
      ++state->batch;
      state->row = 0;
    }
  }
  duckdb_data_chunk_set_size(output, filled);
}

// Gives how many bytes it added.
std::uint64_t collect(QueryResult::Column& column, duckdb_vector vector, duckdb_type type, idx_t rows) {
  const void* data = duckdb_vector_get_data(vector);
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  const auto integers = [&]<class T>(const T* values) {
    for (idx_t i = 0; i < rows; ++i) {
      const bool valid = validity == nullptr || duckdb_validity_row_is_valid(validity, i);
      column.integers.push_back(valid ? static_cast<std::uint64_t>(static_cast<std::int64_t>(values[i])) : 0);
    }
    return rows * sizeof(std::uint64_t);
  };
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_UTINYINT:
      return integers(static_cast<const std::uint8_t*>(data));
    case DUCKDB_TYPE_TINYINT:
      return integers(static_cast<const std::int8_t*>(data));
    case DUCKDB_TYPE_USMALLINT:
      return integers(static_cast<const std::uint16_t*>(data));
    case DUCKDB_TYPE_SMALLINT:
      return integers(static_cast<const std::int16_t*>(data));
    case DUCKDB_TYPE_UINTEGER:
      return integers(static_cast<const std::uint32_t*>(data));
    case DUCKDB_TYPE_INTEGER:
      return integers(static_cast<const std::int32_t*>(data));
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_BIGINT:
      return integers(static_cast<const std::int64_t*>(data));
    case DUCKDB_TYPE_DOUBLE:
      column.reals.insert(column.reals.end(), static_cast<const double*>(data),
                          static_cast<const double*>(data) + rows);
      return rows * sizeof(double);
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB: {
      std::uint64_t bytes = rows * sizeof(std::string);
      for (idx_t i = 0; i < rows; ++i) {
        duckdb_string_t text = static_cast<const duckdb_string_t*>(data)[i];
        column.texts.emplace_back(duckdb_string_t_data(&text), duckdb_string_t_length(text));
        bytes += column.texts.back().size();
      }
      return bytes;
    }
    default:
      VIZSLA_CHECK(type == DUCKDB_TYPE_BIGINT);  // our SQL asks for no other type
      return 0;
  }
}

Error error_of(duckdb_error_type type, std::string message) {
  ErrorCode code = ErrorCode::Internal;
  // Its own files: no room on the disk to spill to.
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY || message.starts_with("Out of Memory") ||
      message.find("duckdb_temp") != std::string::npos) {
    // What follows is advice to whoever can set DuckDB's settings.
    return {ErrorCode::LimitExceeded,
            fmt::format("the query needs more than query.memory_bytes and query.spill_bytes give: {}",
                        message.substr(0, message.find('\n')))};
  }
  if (type == DUCKDB_ERROR_IO || message.find("arquet") != std::string::npos ||
      message.find("zstd") != std::string::npos)
    code = ErrorCode::Corrupt;
  return {code, std::move(message)};
}

}  // namespace

struct Engine::Impl {
  // A query that runs, for the watchdog.
  struct Running {
    duckdb_connection connection;
    ReadLimits limits;
    std::optional<Error> ended;  // why it was interrupted
  };

  duckdb_database database = nullptr;
  ScanRegistry scans;
  std::atomic<std::uint64_t> next_scan{1};

  std::mutex mutex;
  std::condition_variable_any running_changed;
  std::vector<duckdb_connection> connections;  // by slot; constant after open()
  std::uint64_t result_bytes_max = 0;          // constant after open()
  std::list<Running> running;                  // guarded by mutex
  std::uint64_t changes = 0;                   // of what the watchdog looks at; guarded by mutex

  std::jthread watchdog;  // last: it must end before what it looks at goes

  ~Impl() {
    watchdog.request_stop();
    if (watchdog.joinable()) watchdog.join();
    for (duckdb_connection& connection : connections) duckdb_disconnect(&connection);
    duckdb_close(&database);
  }

  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      auto next = std::chrono::steady_clock::time_point::max();
      const auto now = std::chrono::steady_clock::now();
      for (Running& query : running) {
        if (const auto may_go_on = query.limits.check(); !may_go_on) {
          if (!query.ended) query.ended = may_go_on.error();
          duckdb_interrupt(query.connection);
          // Again until it ends: a query that hasn't begun its work yet doesn't notice.
          next = std::min(next, now + std::chrono::milliseconds(5));
        } else {
          next = std::min(next, query.limits.deadline);
        }
      }
      // Far enough to be never, near enough not to overflow a wait.
      next = std::min(next, now + std::chrono::hours(1));
      running_changed.wait_until(lock, stop, next, [this, seen = changes] { return changes != seen; });
    }
  }
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() = default;

std::string Engine::library_version() {
  return duckdb_library_version();
}

Result<void> Engine::check_library_version(std::string_view version) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = version.data() + version.size();
  auto parsed = std::from_chars(version.data() + (version.starts_with('v') ? 1 : 0), end, major);
  if (parsed.ec == std::errc() && parsed.ptr != end) parsed = std::from_chars(parsed.ptr + 1, end, minor);
  if (parsed.ec == std::errc() && major == kMajor && minor >= kMinorMin) return {};
  return fail(
      ErrorCode::Unsupported,
      fmt::format("libduckdb.so is DuckDB {}, and Vizsla needs {}.{} or a later {}.x: put the library that Vizsla "
                  "was built with beside the program, and look whether LD_LIBRARY_PATH leads to another one",
                  version, kMajor, kMinorMin, kMajor));
}

Result<std::unique_ptr<Engine>> Engine::open(const Options& options) {
  VIZSLA_TRY_VOID(check_library_version(library_version()));
  auto impl = std::make_unique<Impl>();
  duckdb_config config = nullptr;
  VIZSLA_CHECK(duckdb_create_config(&config) == DuckDBSuccess);
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", fmt::format("{}B", options.memory_bytes)},
      {"temp_directory", options.spill_folder},
      {"preserve_insertion_order", "false"},
      // Nothing is ever fetched from the network.
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_unsigned_extensions", "false"},
  };
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) {
      duckdb_destroy_config(&config);
      return fail(ErrorCode::Internal, fmt::format("DuckDB {} doesn't know the setting {}", library_version(), name));
    }
  }
  char* message = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, &impl->database, config, &message);
  duckdb_destroy_config(&config);
  if (opened != DuckDBSuccess) {
    std::string text = message == nullptr ? "unknown" : message;
    duckdb_free(message);
    return fail(ErrorCode::Internal, fmt::format("cannot open DuckDB: {}", text));
  }
  for (int i = 0; i < options.slots; ++i) {
    duckdb_connection connection = nullptr;
    if (duckdb_connect(impl->database, &connection) != DuckDBSuccess)
      return fail(ErrorCode::Internal, "cannot connect to DuckDB");
    impl->connections.push_back(connection);
  }
  impl->result_bytes_max = options.result_bytes_max;

  // Given to open() it is shown among the settings, and not kept to (1.5.6): a query filled the disk.
  const std::string spill = fmt::format("SET max_temp_directory_size = '{}B'", options.spill_bytes);
  if (duckdb_query(impl->connections.front(), spill.c_str(), nullptr) != DuckDBSuccess)
    return fail(ErrorCode::Internal, "cannot bound DuckDB's spill folder");

  duckdb_table_function function = duckdb_create_table_function();
  const LogicalType number(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_set_name(function, "vizsla_live");
  duckdb_table_function_add_parameter(function, number.type);
  duckdb_table_function_set_extra_info(function, &impl->scans, nullptr);
  duckdb_table_function_set_bind(function, live_bind);
  duckdb_table_function_set_init(function, live_init);
  duckdb_table_function_set_function(function, live_function);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const duckdb_state registered = duckdb_register_table_function(impl->connections.front(), function);
  duckdb_destroy_table_function(&function);
  if (registered != DuckDBSuccess) return fail(ErrorCode::Internal, "cannot register vizsla_live with DuckDB");

  impl->watchdog = std::jthread([raw = impl.get()](const std::stop_token& stop) { raw->watch(stop); });
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Engine::LiveScan::LiveScan(Engine& engine, const TableSchema& schema, std::vector<LiveView> views)
    : engine_(engine), number_(engine.impl_->next_scan++) {
  auto scan = std::make_shared<const RegisteredScan>(RegisteredScan{&schema, std::move(views)});
  engine_.impl_->scans.with([&](auto& scans) { scans.emplace(number_, std::move(scan)); });
}

Engine::LiveScan::~LiveScan() {
  engine_.impl_->scans.with([&](auto& scans) { scans.erase(number_); });
}

Engine::Stats Engine::stats() const {
  Stats stats;
  {
    const std::lock_guard lock(impl_->mutex);
    stats.running = impl_->running.size();
  }
  stats.scans = impl_->scans.with([](const auto& scans) { return scans.size(); });
  return stats;
}

Result<QueryResult> Engine::query(const QueryGate::Slot& slot, const SqlStatement& sql, const ReadLimits& limits) {
  const duckdb_connection connection = impl_->connections.at(static_cast<std::size_t>(slot.number()));
  std::list<Impl::Running>::iterator running;
  {
    const std::lock_guard lock(impl_->mutex);
    running = impl_->running.insert(impl_->running.end(), {connection, limits, std::nullopt});
    ++impl_->changes;
  }
  impl_->running_changed.notify_all();

  duckdb_prepared_statement statement = nullptr;
  duckdb_result result{};
  Result<QueryResult> outcome = [&]() -> Result<QueryResult> {
    const std::stop_callback wake_watchdog(limits.cancelled, [this] {
      {
        const std::lock_guard lock(impl_->mutex);
        ++impl_->changes;
      }
      impl_->running_changed.notify_all();
    });
    if (duckdb_prepare(connection, sql.text.c_str(), &statement) != DuckDBSuccess) {
      const char* message = duckdb_prepare_error(statement);
      std::string text = message == nullptr ? "cannot prepare" : message;
      // Preparing opens the files, so this is also where a damaged block shows.
      return fail(error_of(DUCKDB_ERROR_INVALID, std::move(text)));
    }
    for (idx_t i = 0; i < sql.values.size(); ++i) {
      const auto bind = [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::int64_t>)
          return duckdb_bind_int64(statement, i + 1, value);
        else if constexpr (std::is_same_v<Value, std::uint64_t>)
          return duckdb_bind_uint64(statement, i + 1, value);
        else if constexpr (std::is_same_v<Value, double>)
          return duckdb_bind_double(statement, i + 1, value);
        else
          return duckdb_bind_varchar_length(statement, i + 1, value.data(), value.size());
      };
      VIZSLA_CHECK(std::visit(bind, sql.values[i]) == DuckDBSuccess);
    }
    // Preparing opens files, and isn't interrupted.
    VIZSLA_TRY_VOID(limits.check());
    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
      const char* message = duckdb_result_error(&result);
      return fail(error_of(duckdb_result_error_type(&result), message == nullptr ? "unknown" : message));
    }
    QueryResult rows;
    std::uint64_t bytes = 0;
    rows.columns.resize(duckdb_column_count(&result));
    for (duckdb_data_chunk chunk = duckdb_fetch_chunk(result); chunk != nullptr; chunk = duckdb_fetch_chunk(result)) {
      const idx_t size = duckdb_data_chunk_get_size(chunk);
      if (const auto may_go_on = limits.check(); !may_go_on) {
        duckdb_destroy_data_chunk(&chunk);
        return fail(may_go_on.error());
      }
      for (idx_t c = 0; c < rows.columns.size(); ++c)
        bytes += collect(rows.columns[c], duckdb_data_chunk_get_vector(chunk, c), duckdb_column_type(&result, c), size);
      rows.rows += size;
      duckdb_destroy_data_chunk(&chunk);
      if (bytes > impl_->result_bytes_max)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("the query's result has more than {} MiB", impl_->result_bytes_max >> 20));
    }
    return rows;
  }();
  duckdb_destroy_result(&result);
  duckdb_destroy_prepare(&statement);

  std::optional<Error> ended;
  {
    const std::lock_guard lock(impl_->mutex);
    ended = std::move(running->ended);
    impl_->running.erase(running);
  }
  // Whatever DuckDB says of a query that it was told to end.
  if (!outcome && ended) return fail(std::move(*ended));
  return outcome;
}

}  // namespace vizsla::store
