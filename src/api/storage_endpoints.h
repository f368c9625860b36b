// What the store takes, and what of it is to go or to stay: /api/ui/storage, /api/ui/pins,
// /api/ui/traces/{trace_id}/pin.
#pragma once

#include "api/reading.h"
#include "store/store_admin.h"

namespace vizsla::api {

// `changing` is for what deletes and pins: it waits for the disk, and shall not do so on the workers of `reading`.
// Both, and the store, are borrowed for as long as the routes live.
void add_storage_endpoints(http::Router& router, Reading& reading, Reading& changing, store::StoreAdmin& store);

}  // namespace vizsla::api
