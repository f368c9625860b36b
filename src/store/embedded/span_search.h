// A search for spans in terms of their table: as a scan of ours, and as what SQL reads instead.
#pragma once

#include "base/result.h"
#include "query/span_search.h"
#include "store/embedded/scan.h"
#include "store/sql/sql_statement.h"

namespace vizsla::store {

// One row more than the search's limit: if it comes, there is another page. Unsupported when a term names a text field
// that spans don't have.
Result<Scan> scan_of(const query::SpanSearch& search);

// What stands behind FROM for render_span_search(): the live rows, which DuckDB sees as vizsla_live(`live_number`), and
// those of the blocks that can't be left out. The locator is "block, row", as in FoundRow. What DuckDB will read of the
// blocks is checked here. Errors: as of scan_of(); Corrupt, and `damaged` is the block; what `limits` says.
Result<SqlStatement> sql_source_of(const query::SpanSearch& search, const TableVersion& version,
                                   std::uint64_t live_number, const ReadLimits& limits, BlockPtr& damaged);

}  // namespace vizsla::store
